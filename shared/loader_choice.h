/* SPDX-License-Identifier: Apache-2.0 */
/* loader_choice.h - what systemd-boot boots if nobody names an entry for it, as far as that matters: whether data would be lost.
 *
 * Source: facts/systemd-boot.md, steps 5 and 6. Without sort keys the order of ids puts statereset before active, so that a wish
 * which no entry fulfils, or a choice that is left to the loader, would wipe the machine without any evidence. */
#ifndef BOOTPILOT_LOADER_CHOICE_H
#define BOOTPILOT_LOADER_CHOICE_H

#include "inventory.h"

/* Left alone, the loader would boot an entry of the reset role. A pin (LoaderEntryDefault, `default`) counts where it is known and
 * names something. Of files that were not opened the place in the order is unknown: they do not stand before it. */
bool loader_would_reset(const struct inventory *inventory);

/* Bootpilot is the loader's default: it started us as an entry, or gave up when the firmware refused our file, and this is the net.
 * Left alone, it would choose us again. */
bool loader_chose_us(const struct inventory *inventory);

/* Somebody's pin has a say: it is the active of a system without role names; or it may lead the loader to the reset entry, or keep it
 * from there, whenever the choice is left to it. To be asked before the pins are read. */
bool loader_pins_matter(const struct inventory *inventory);

/* The loader may find an entry for WISH, the text of a one-shot: one of the files, or something that it makes up itself. */
bool loader_may_know(const struct inventory *inventory, struct text wish);

#endif
