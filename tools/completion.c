/* SPDX-License-Identifier: Apache-2.0 */
/* bootpilotctl completion SHELL: a script by which the shell completes command lines, made from the tables of commands and options.
 *
 * What may stand for an argument is told by the word that stands for it in the help texts. A word in lower case is itself. */
#include <stdio.h>
#include <string.h>

#include "berth.h"
#include "options.h"
#include "shared/role.h"
#include "words.h"

/* "Any number", for shells that count. */
#define OPERANDS_MAX 99u

/* Words, separated by commas, or a kind of thing. */
#define OFFER_DIRECTORIES "@directories"
#define OFFER_FILES       "@files"
#define OFFER_COMMAND     "@command"
#define OFFER_NOTHING     "@nothing"

struct offer {
	char bytes[256];
};

static const struct {
	struct text word;
	struct text offer;
} placeholders[] = {
	{ TEXT("DIR"), TEXT(OFFER_DIRECTORIES) },
	{ TEXT("FILE"), TEXT(OFFER_FILES) },
	{ TEXT("IMAGE"), TEXT(OFFER_FILES) },
	{ TEXT("SCENARIO"), TEXT(OFFER_FILES) },
	{ TEXT("SERIES"), TEXT("252,254,257,262") },
	{ TEXT("N"), TEXT(OFFER_NOTHING) },
	{ TEXT("COMMAND"), TEXT(OFFER_COMMAND) },
	{ TEXT("ARGUMENT"), TEXT(OFFER_COMMAND) },
};

static bool is_word_char(char c)
{
	return char_is_digit(c) || (char_lower(c) >= 'a' && char_lower(c) <= 'z') || c == '-' || c == '+';
}

/* Takes the next word off "[ROLE|none...]": what stands between brackets, bars, blanks and dots. */
static bool placeholder_next(struct text *rest, struct text *ret)
{
	size_t from = 0, to;
	while (from < rest->len && !is_word_char(rest->at[from]))
		from++;
	for (to = from; to < rest->len && is_word_char(rest->at[to]); to++)
		continue;
	*ret = (struct text){ rest->at + from, to - from };
	*rest = text_after(*rest, to);
	return ret->len > 0;
}

static void offer_add(struct writer *w, struct text offer)
{
	if (w->len)
		write_char(w, ',');
	write_text(w, offer);
}

static void placeholder_offer(struct writer *w, struct text word)
{
	if (text_equal(word, TEXT("ROLE")))
		for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++)
			offer_add(w, role_name(role));
	if (text_equal(word, TEXT("BERTH")))
		for (const struct berth *berth = berths; berth->name; berth++)
			offer_add(w, text_of(berth->name));
	for (size_t i = 0; i < sizeof(placeholders) / sizeof(placeholders[0]); i++)
		if (text_equal(word, placeholders[i].word) && !text_equal(writer_text(w), placeholders[i].offer))
			offer_add(w, placeholders[i].offer);
	if (word.at[0] == char_lower(word.at[0]) && word.at[0] != '-')
		offer_add(w, word);
}

/* What may stand where the help texts have USAGE: "ROLE", "bash|zsh", "-- COMMAND [ARGUMENT...]". */
static struct text offer_of(const char *usage, struct offer *offer)
{
	struct writer w = WRITER(offer->bytes);
	struct text rest = text_of(usage), word;
	while (placeholder_next(&rest, &word))
		placeholder_offer(&w, word);
	return writer_text(&w);
}

static const char bash_begin[] =
	"# bash completion for bootpilotctl; `bootpilotctl completion bash` wrote it\n"
	"# shellcheck shell=bash\n"
	"\n"
	"# What may stand where the cursor is. WHAT: words separated by commas, or a kind of thing.\n"
	"_bootpilotctl_offer() # WHAT WORD\n"
	"{\n"
	"\tcase $1 in\n"
	"\t@directories) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$2\") ;;\n"
	"\t@files) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$2\") ;;\n"
	"\t@nothing) ;;\n"
	"\t*) mapfile -t COMPREPLY < <(compgen -W \"${1//,/ }\" -- \"$2\") ;;\n"
	"\tesac\n"
	"}\n"
	"\n"
	"# The command line behind `--`, whose word FIRST is the command.\n"
	"_bootpilotctl_command() # FIRST WORD\n"
	"{\n"
	"\tif declare -F _comp_command_offset >/dev/null; then\n"
	"\t\t_comp_command_offset \"$1\"\n"
	"\telif declare -F _command_offset >/dev/null; then\n"
	"\t\t_command_offset \"$1\"\n"
	"\telif ((COMP_CWORD == $1)); then\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -c -- \"$2\")\n"
	"\telse\n"
	"\t\t_bootpilotctl_offer @files \"$2\"\n"
	"\tfi\n"
	"}\n"
	"\n"
	"_bootpilotctl()\n"
	"{\n"
	"\tlocal word=${COMP_WORDS[COMP_CWORD]} options operands most i option\n"
	"\tlocal given=0 ended=0 argument='' # operands so far; where -- stands; what the option before it needs\n"
	"\tCOMPREPLY=()\n";

static const char bash_end[] =
	"\t*) return ;;\n"
	"\tesac\n"
	"\tfor ((i = 2; i < COMP_CWORD; i++)); do\n"
	"\t\tif ((ended)); then\n"
	"\t\t\tcontinue\n"
	"\t\telif [[ $argument ]]; then\n"
	"\t\t\t[[ ${COMP_WORDS[i]} == = ]] || argument=''\n"
	"\t\telif [[ ${COMP_WORDS[i]} == -- ]]; then\n"
	"\t\t\tended=$i\n"
	"\t\telif [[ ${COMP_WORDS[i]} != -* ]]; then\n"
	"\t\t\t((++given))\n"
	"\t\telse\n"
	"\t\t\tfor option in $options; do\n"
	"\t\t\t\t[[ $option != \"${COMP_WORDS[i]}=\"* ]] || argument=${option#*=}\n"
	"\t\t\tdone\n"
	"\t\tfi\n"
	"\tdone\n"
	"\tif [[ $argument ]]; then\n"
	"\t\t[[ $word != = ]] || word=''\n"
	"\t\t_bootpilotctl_offer \"$argument\" \"$word\"\n"
	"\telif ((ended)) && [[ $operands == @command ]]; then\n"
	"\t\t_bootpilotctl_command $((ended + 1)) \"$word\"\n"
	"\telif [[ $word == -* || $operands == @command ]] || ((given >= most)); then\n"
	"\t\tlocal names=''\n"
	"\t\tfor option in $options; do\n"
	"\t\t\tnames+=\" ${option%%=*}\"\n"
	"\t\tdone\n"
	"\t\t[[ $operands != @command ]] || names+=' --'\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -W \"$names\" -- \"$word\")\n"
	"\telse\n"
	"\t\t_bootpilotctl_offer \"$operands\" \"$word\"\n"
	"\tfi\n"
	"}\n"
	"\n"
	"complete -F _bootpilotctl bootpilotctl\n";

static void bash_command(const struct command *command)
{
	struct offer offer;
	size_t most = command->operands_max < OPERANDS_MAX ? command->operands_max : OPERANDS_MAX;
	printf("\t%s)\n\t\toptions='", command->name);
	for (const struct option_word *o = options_next(NULL, command->flag); o; o = options_next(o, command->flag))
		printf("%s--%s%s%.*s", o == options_next(NULL, command->flag) ? "" : " ", o->name,
		       o->argument ? "=" : "", SHOWN(offer_of(o->argument, &offer)));
	printf("'\n\t\toperands='%.*s' most=%zu ;;\n", SHOWN(offer_of(command->operands, &offer)), most);
}

static void bash_print(void)
{
	fputs(bash_begin, stdout);
	fputs("\tif ((COMP_CWORD == 1)); then\n\t\t_bootpilotctl_offer ", stdout);
	for (const struct command *command = commands; command->name; command++)
		printf("%s,", command->name);
	for (const struct option_word *o = options_next(NULL, FOR_TOOL); o; o = options_next(o, FOR_TOOL))
		printf("%s--%s", o == options_next(NULL, FOR_TOOL) ? "" : ",", o->name);
	fputs(" \"$word\"\n\t\treturn\n\tfi\n\tcase ${COMP_WORDS[1]} in\n", stdout);
	for (const struct command *command = commands; command->name; command++)
		bash_command(command);
	fputs(bash_end, stdout);
}

/* Inside single quotes, where [ ] and : have a meaning of their own to zsh. */
static void zsh_quoted(const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", stdout);
		else
			printf(strchr("[]:\\", *text) ? "\\%c" : "%c", *text);
	}
}

/* ":DIR:_files -/": the message and the action of _arguments. */
static void zsh_action(const char *usage, struct text offer)
{
	putchar(':');
	zsh_quoted(usage);
	putchar(':');
	if (text_equal(offer, TEXT(OFFER_DIRECTORIES)))
		fputs("_files -/", stdout);
	else if (text_equal(offer, TEXT(OFFER_FILES)))
		fputs("_files", stdout);
	else if (!offer.len || text_equal(offer, TEXT(OFFER_NOTHING)))
		putchar(' ');
	else {
		putchar('(');
		for (size_t i = 0; i < offer.len; i++)
			putchar(offer.at[i] == ',' ? ' ' : offer.at[i]);
		putchar(')');
	}
}

static void zsh_option(const struct option_word *option)
{
	struct offer offer;
	/* one that has an argument may come again */
	printf(" \\\n\t\t\t'%s--%s%s[", option->argument ? "*" : "", option->name, option->argument ? "=" : "");
	zsh_quoted(option->summary);
	putchar(']');
	if (option->argument)
		zsh_action(option->argument, offer_of(option->argument, &offer));
	putchar('\'');
}

static void zsh_command(const struct command *command)
{
	struct offer offer;
	struct text operands = offer_of(command->operands, &offer);
	printf("\t%s)\n\t\t_arguments -S", command->name);
	for (const struct option_word *o = options_next(NULL, command->flag); o; o = options_next(o, command->flag))
		zsh_option(o);
	if (text_equal(operands, TEXT(OFFER_COMMAND))) {
		fputs(" \\\n\t\t\t'(-)1:command:_command_names -e' \\\n\t\t\t'*::argument:_bootpilotctl_command'", stdout);
	} else if (command->operands) {
		fputs(command->operands_max > 1 ? " \\\n\t\t\t'*" : " \\\n\t\t\t'1", stdout);
		zsh_action(command->operands, operands);
		putchar('\'');
	}
	puts(" ;;");
}

static void zsh_print(void)
{
	puts("#compdef bootpilotctl\n"
	     "# zsh completion for bootpilotctl; `bootpilotctl completion zsh` wrote it\n\n"
	     "# The command line behind `--`, which _arguments leaves in place.\n"
	     "_bootpilotctl_command()\n{\n"
	     "\tif [[ $words[1] == -- ]]; then\n\t\tshift words\n\t\t((CURRENT--))\n\tfi\n\t_normal\n}\n\n"
	     "_bootpilotctl()\n{\n\tlocal curcontext=$curcontext state line\n\tlocal -a commands\n\tcommands=(");
	for (const struct command *command = commands; command->name; command++) {
		printf("\t\t'%s:", command->name);
		zsh_quoted(command->summary);
		puts("'");
	}
	fputs("\t)\n\t_arguments -C", stdout);
	for (const struct option_word *o = options_next(NULL, FOR_TOOL); o; o = options_next(o, FOR_TOOL))
		zsh_option(o);
	puts(" \\\n\t\t\t'1:command:->command' \\\n\t\t\t'*::argument:->argument' && return\n"
	     "\tif [[ $state == command ]]; then\n\t\t_describe -t commands command commands\n\t\treturn\n\tfi\n"
	     "\tcase $words[1] in");
	for (const struct command *command = commands; command->name; command++)
		zsh_command(command);
	puts("\tesac\n}\n\n"
	     "# read by zsh as the function of this name, or sourced\n"
	     "if [[ $funcstack[1] == _bootpilotctl ]]; then\n\t_bootpilotctl \"$@\"\n"
	     "else\n\tcompdef _bootpilotctl bootpilotctl\nfi");
}

int command_completion(const struct options *options)
{
	if (options->operand_count != 1)
		return options_refuse("completion", "it needs the name of one shell: bash or zsh", "");
	if (strcmp(options->operands[0], "bash") == 0)
		bash_print();
	else if (strcmp(options->operands[0], "zsh") == 0)
		zsh_print();
	else
		return options_refuse("completion", "only bash and zsh are known, not ", options->operands[0]);
	return EXIT_DONE;
}
