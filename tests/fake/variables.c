/* SPDX-License-Identifier: Apache-2.0 */
#include "variables.h"

#include <stdlib.h>
#include <string.h>

#include "guids.h"
#include "laws.h"
#include "wide.h"

#define HEADER_SIZE  60u     /* bytes: VARIABLE_HEADER of an authenticated store */
#define VARIABLE_MAX 32768u  /* bytes of one variable's data */
#define VOLATILE_MAX 262144u /* bytes, if it is not kept over power-off: OVMF */
#define ACCESS       (EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS)

struct variable {
	struct variable *next; /* oldest first */
	EFI_GUID vendor;
	CHAR16 *name;
	size_t name_units; /* with NUL */
	uint32_t attributes;
	void *data;
	size_t size;
};

static struct variable *variables, *saved;
static size_t quota = VARIABLES_QUOTA;
static enum variables_mood mood;
static unsigned writes;
static bool of_anybody;

static size_t data_max(uint32_t attributes)
{
	return attributes & EFI_VARIABLE_NON_VOLATILE ? VARIABLE_MAX : VOLATILE_MAX;
}

static size_t wide_len(const CHAR16 *name)
{
	size_t n = 0;

	while (name[n])
		n++;
	return n + 1;
}

static struct variable **variable_find(const CHAR16 *name, const EFI_GUID *vendor)
{
	size_t units = wide_len(name);

	for (struct variable **link = &variables; *link; link = &(*link)->next)
		if ((*link)->name_units == units && fake_guid_equal(&(*link)->vendor, vendor) &&
		    memcmp((*link)->name, name, units * sizeof(*name)) == 0)
			return link;
	return NULL;
}

static size_t space_used(void)
{
	size_t used = 0;

	for (const struct variable *v = variables; v; v = v->next)
		if (v->attributes & EFI_VARIABLE_NON_VOLATILE)
			used += HEADER_SIZE + v->name_units * sizeof(CHAR16) + v->size;
	return used;
}

static void variable_remove(struct variable **link)
{
	struct variable *variable = *link;

	*link = variable->next;
	free(variable->name);
	free(variable->data);
	free(variable);
}

static void *copy_of(const void *bytes, size_t size)
{
	void *copy = malloc(size ? size : 1);

	memcpy(copy, bytes, size);
	return copy;
}

/* Makes VARIABLE's data the SIZE bytes, appended or instead. Overwriting needs no second copy's space: EDK2 reclaims. */
static EFI_STATUS variable_replace(struct variable *variable, uint32_t attributes, const void *data, size_t size)
{
	bool append = attributes & EFI_VARIABLE_APPEND_WRITE;
	size_t total = append ? variable->size + size : size;
	uint8_t *bytes;

	if (total > data_max(attributes))
		return EFI_INVALID_PARAMETER;
	if ((attributes & EFI_VARIABLE_NON_VOLATILE) && total > variable->size &&
	    space_used() + total - variable->size > quota)
		return EFI_OUT_OF_RESOURCES;
	bytes = malloc(total);
	memcpy(bytes, variable->data, total - size);
	memcpy(bytes + total - size, data, size);
	free(variable->data);
	variable->data = bytes;
	variable->size = total;
	return EFI_SUCCESS;
}

static EFI_STATUS variable_add(const CHAR16 *name, const EFI_GUID *vendor, uint32_t attributes, const void *data,
			       size_t size)
{
	struct variable *variable, **end = &variables;
	size_t units = wide_len(name);

	if (size > data_max(attributes))
		return EFI_INVALID_PARAMETER;
	if ((attributes & EFI_VARIABLE_NON_VOLATILE) &&
	    space_used() + HEADER_SIZE + units * sizeof(*name) + size > quota)
		return EFI_OUT_OF_RESOURCES;
	while (*end)
		end = &(*end)->next;
	*end = variable = calloc(1, sizeof(*variable));
	variable->vendor = *vendor;
	variable->name = copy_of(name, units * sizeof(*name));
	variable->name_units = units;
	variable->attributes = attributes & ~(uint32_t)EFI_VARIABLE_APPEND_WRITE;
	variable->data = copy_of(data, size);
	variable->size = size;
	return EFI_SUCCESS;
}

static EFI_STATUS variable_set(const CHAR16 *name, const EFI_GUID *vendor, uint32_t attributes, const void *data,
			       size_t size)
{
	uint32_t plain = attributes & ~(uint32_t)EFI_VARIABLE_APPEND_WRITE;
	struct variable **link;
	uint32_t concerned;

	if (!name || !*name || !vendor || (size && !data))
		return EFI_INVALID_PARAMETER;
	if ((plain & EFI_VARIABLE_RUNTIME_ACCESS) && !(plain & EFI_VARIABLE_BOOTSERVICE_ACCESS))
		return EFI_INVALID_PARAMETER;
	if (plain & ~(uint32_t)(ACCESS | EFI_VARIABLE_NON_VOLATILE))
		return EFI_UNSUPPORTED; /* hardware error records and authenticated variables: nobody here needs them */
	link = variable_find(name, vendor);
	concerned = link ? (*link)->attributes : plain;
	if (concerned & EFI_VARIABLE_NON_VOLATILE) {
		if (mood == VARIABLES_PROTECTED)
			return EFI_WRITE_PROTECTED;
		if (mood == VARIABLES_LYING)
			return EFI_SUCCESS;
	}
	/* UEFI specification 8.2, SetVariable(): other attributes are refused, but without any access the variable goes. */
	if (link && (plain & ACCESS) && plain != (*link)->attributes)
		return EFI_INVALID_PARAMETER;
	if ((plain & ACCESS) == 0 || (size == 0 && plain == attributes)) {
		if (!link)
			return EFI_NOT_FOUND;
		variable_remove(link);
		return EFI_SUCCESS;
	}
	if (size == 0)
		return EFI_SUCCESS; /* nothing appended */
	return link ? variable_replace(*link, attributes, data, size)
		    : variable_add(name, vendor, attributes, data, size);
}

/* The program's own variables; of those of others the ones that it may write or delete. */
static bool is_for_the_program(const CHAR16 *name, const EFI_GUID *vendor)
{
	static const struct {
		const EFI_GUID *vendor;
		const CHAR16 *name;
	} list[] = {
		{ &fake_guid_bootpilot, L"BootpilotRecord0" },
		{ &fake_guid_bootpilot, L"BootpilotRecord1" },
		{ &fake_guid_bootpilot, L"BootpilotDecision" },
		{ &fake_guid_bootpilot, L"BootpilotState" },
		{ &fake_guid_bootpilot, L"BootpilotVisit" },
		{ &fake_guid_bootpilot, L"BootpilotNote" },
		{ &fake_guid_loader, L"LoaderEntryOneShot" },
		{ &fake_guid_loader, L"LoaderBootCountPath" },
		{ &fake_guid_loader, L"LoaderConfigTimeoutOneShot" },
		{ &fake_guid_global, L"OsIndications" }, /* nothing-bootable firmware */
	};
	size_t size = wide_len(name) * sizeof(*name);

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (fake_guid_equal(list[i].vendor, vendor) && wide_len(list[i].name) * sizeof(*name) == size &&
		    memcmp(list[i].name, name, size) == 0)
			return true;
	return false;
}

void fake_variables_of_anybody(bool set)
{
	of_anybody = set;
}

static EFI_STATUS EFIAPI set_variable(CHAR16 *name, EFI_GUID *vendor, UINT32 attributes, UINTN size, VOID *data)
{
	EFI_STATUS injected = laws_call(SERVICE_SET_VARIABLE);
	EFI_STATUS status;
	bool lasting;

	if (EFI_ERROR(injected))
		return injected;
	if (laws_owner() && !of_anybody && name && vendor && !is_for_the_program(name, vendor))
		laws_break("SetVariable of one that is not the program's");
	lasting = attributes & EFI_VARIABLE_NON_VOLATILE;
	if (name && *name && vendor && variable_find(name, vendor))
		lasting = (*variable_find(name, vendor))->attributes & EFI_VARIABLE_NON_VOLATILE;
	status = variable_set(name, vendor, attributes, data, size);
	if (!EFI_ERROR(status) && lasting && laws_owner())
		writes++;
	return status;
}

static EFI_STATUS EFIAPI get_variable(CHAR16 *name, EFI_GUID *vendor, UINT32 *attributes, UINTN *size, VOID *data)
{
	EFI_STATUS injected = laws_call(SERVICE_GET_VARIABLE);
	struct variable **link;
	UINTN room;

	if (EFI_ERROR(injected))
		return injected;
	if (!name || !vendor || !size)
		return EFI_INVALID_PARAMETER;
	link = *name ? variable_find(name, vendor) : NULL;
	if (!link)
		return EFI_NOT_FOUND;
	room = *size;
	*size = (*link)->size;
	if (attributes)
		*attributes = (*link)->attributes;
	if (room < (*link)->size)
		return EFI_BUFFER_TOO_SMALL;
	if (!data)
		return EFI_INVALID_PARAMETER;
	memcpy(data, (*link)->data, (*link)->size);
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI get_next_variable(UINTN *size, CHAR16 *name, EFI_GUID *vendor)
{
	EFI_STATUS injected = laws_call(SERVICE_GET_NEXT_VARIABLE);
	struct variable *next = variables, **link;

	if (EFI_ERROR(injected))
		return injected;
	if (!size || !name || !vendor)
		return EFI_INVALID_PARAMETER;
	if (*name) {
		link = variable_find(name, vendor);
		if (!link)
			return EFI_INVALID_PARAMETER;
		next = (*link)->next;
	}
	if (!next)
		return EFI_NOT_FOUND;
	if (*size < next->name_units * sizeof(CHAR16)) {
		*size = next->name_units * sizeof(CHAR16);
		return EFI_BUFFER_TOO_SMALL;
	}
	*size = next->name_units * sizeof(CHAR16);
	memcpy(name, next->name, *size);
	*vendor = next->vendor;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI query_info(UINT32 attributes, UINT64 *total, UINT64 *left, UINT64 *largest)
{
	EFI_STATUS injected = laws_call(SERVICE_QUERY_VARIABLE_INFO);
	size_t used = space_used();

	if (EFI_ERROR(injected))
		return injected;
	if (!total || !left || !largest || !(attributes & EFI_VARIABLE_BOOTSERVICE_ACCESS))
		return EFI_INVALID_PARAMETER;
	*total = quota;
	*left = quota > used ? quota - used : 0;
	*largest = VARIABLE_MAX;
	return EFI_SUCCESS;
}

static struct variable *variable_named(const char *name, const EFI_GUID *vendor)
{
	CHAR16 wide[256];
	struct variable **link;

	wide_write(name, wide);
	link = variable_find(wide, vendor);
	return link ? *link : NULL;
}

EFI_STATUS fake_variables_write(const char *name, const EFI_GUID *vendor, uint32_t attributes, const void *data,
				size_t size)
{
	CHAR16 wide[256];

	wide_write(name, wide);
	return variable_set(wide, vendor, attributes, data, size);
}

bool fake_variables_exists(const char *name, const EFI_GUID *vendor)
{
	return variable_named(name, vendor) != NULL;
}

uint32_t fake_variables_attributes(const char *name, const EFI_GUID *vendor)
{
	const struct variable *variable = variable_named(name, vendor);

	return variable ? variable->attributes : 0;
}

size_t fake_variables_size(const char *name, const EFI_GUID *vendor)
{
	const struct variable *variable = variable_named(name, vendor);

	return variable ? variable->size : 0;
}

size_t fake_variables_copy(const char *name, const EFI_GUID *vendor, void *buffer, size_t size)
{
	const struct variable *variable = variable_named(name, vendor);
	size_t count = variable ? variable->size : 0;

	if (count > size)
		count = size;
	if (count)
		memcpy(buffer, variable->data, count);
	return count;
}

EFI_STATUS fake_variables_write_text(const char *name, const EFI_GUID *vendor, uint32_t attributes, const char *utf8)
{
	CHAR16 wide[WIDE_MAX];

	if (!utf8 || !*utf8)
		return fake_variables_write(name, vendor, 0, NULL, 0);
	wide_write(utf8, wide);
	return fake_variables_write(name, vendor, attributes, wide, wide_units(utf8) * sizeof(CHAR16));
}

bool fake_variables_read_text(const char *name, const EFI_GUID *vendor, char *buffer, size_t size)
{
	const struct variable *variable = variable_named(name, vendor);

	buffer[0] = '\0';
	return variable && variable->size % sizeof(CHAR16) == 0 &&
	       wide_read(variable->data, variable->size / sizeof(CHAR16), buffer, size);
}

bool fake_variables_read_text_os(const char *name, const EFI_GUID *vendor, char *buffer, size_t size)
{
	buffer[0] = '\0';
	return (fake_variables_attributes(name, vendor) & EFI_VARIABLE_RUNTIME_ACCESS) &&
	       fake_variables_read_text(name, vendor, buffer, size);
}

unsigned fake_variables_writes(void)
{
	return writes;
}

void fake_variables_power_off(void)
{
	for (struct variable **link = &variables; *link;)
		if (mood == VARIABLES_FORGETFUL || !((*link)->attributes & EFI_VARIABLE_NON_VOLATILE))
			variable_remove(link);
		else
			link = &(*link)->next;
	writes = 0;
}

void fake_variables_lose(void)
{
	while (variables)
		variable_remove(&variables);
}

static void list_copy(const struct variable *from, struct variable **to)
{
	while (*to)
		variable_remove(to);
	for (; from; from = from->next, to = &(*to)->next) {
		*to = copy_of(from, sizeof(*from));
		(*to)->name = copy_of(from->name, from->name_units * sizeof(*from->name));
		(*to)->data = copy_of(from->data, from->size);
		(*to)->next = NULL;
	}
}

void fake_variables_save(void)
{
	list_copy(variables, &saved);
}

void fake_variables_restore(void)
{
	list_copy(saved, &variables);
}

void fake_variables_new(void)
{
	fake_variables_lose();
	list_copy(NULL, &saved);
	quota = VARIABLES_QUOTA;
	mood = VARIABLES_HONEST;
	writes = 0;
}

void fake_variables_set_quota(size_t bytes)
{
	quota = bytes;
}

void fake_variables_set_mood(enum variables_mood new_mood)
{
	mood = new_mood;
}

void fake_variables_install(EFI_RUNTIME_SERVICES *runtime)
{
	runtime->SetVariable = set_variable;
	runtime->GetVariable = get_variable;
	runtime->GetNextVariableName = get_next_variable;
	runtime->QueryVariableInfo = query_info;
}
