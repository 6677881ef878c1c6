/* SPDX-License-Identifier: Apache-2.0 */
/* One try is as good as three for most of what can go wrong, and leaves fewer lives; the worlds with more tries show the rest.
 * Each kind of upheaval has a world, and so has each kind of machine; --full puts them together. */
#include "world.h"

#define MACHINE(release_, key_, tries_)                                                                                \
	.release = &(release_), .key = CONF_KEY_##key_, .tries = (tries_), .reset_limit = 1
#define USUAL MACHINE(release_257, LINUX, 1)
#define NOTES HAPPENS_NOTES

const struct world worlds[] = {
	/* what happens */
	{ .words = "power cuts", USUAL, .happens = HAPPENS_CUTS },
	{ .words = "notes, two tries", MACHINE(release_257, LINUX, 2), .happens = NOTES },
	{ .words = "notes, three tries", MACHINE(release_257, LINUX, 3), .happens = NOTES },
	{ .words = "one upgrade", USUAL, .happens = HAPPENS_UPGRADES | NOTES, .upheavals = 1 },
	{ .words = "an entry or image lost or restored", USUAL, .happens = HAPPENS_LOSSES | NOTES, .upheavals = 1 },
	{ .words = "two entries or images lost or restored", USUAL, .happens = HAPPENS_LOSSES | NOTES, .upheavals = 2,
	  .full_only = true },
	{ .words = "two wishes or choices in the menu, no sort keys", USUAL, .unsorted = true,
	  .happens = HAPPENS_WISHES | NOTES, .upheavals = 2 },
	{ .words = "two forged names, notes or one-shots", USUAL, .happens = HAPPENS_FORGERY | HAPPENS_WISHES, .upheavals = 2 },
	{ .words = "NVRAM lost twice", USUAL, .happens = HAPPENS_NVRAM | NOTES, .upheavals = 2 },
	{ .words = "the ESP read-only at times", USUAL, .happens = HAPPENS_READ_ONLY | NOTES, .upheavals = 3 },
	/* on which machines */
	{ .words = "the ESP read-only for ever", USUAL, .read_only = true, .happens = NOTES },
	{ .words = "key efi on 262: counters stand still", MACHINE(release_262, EFI, 2), .happens = NOTES },
	{ .words = "the same, and the ESP read-only", MACHINE(release_262, EFI, 2), .read_only = true, .happens = NOTES },
	{ .words = "key efi on an unknown loader", MACHINE(release_262, EFI, 2), .features_unknown = true, .happens = NOTES },
	{ .words = "key uki on 252: nothing is listed", MACHINE(release_252, UKI, 1), .happens = NOTES },
	{ .words = "252: ids with counters, power cuts", MACHINE(release_252, LINUX, 1), .happens = HAPPENS_CUTS },
	{ .words = "entry berth, a wish and a loss", USUAL, .as_entry = true,
	  .happens = HAPPENS_WISHES | HAPPENS_LOSSES | NOTES, .upheavals = 1 },
	{ .words = "the net: images refused", USUAL, .net = true, .happens = NOTES },
	{ .words = "the net on 262, no sort keys", MACHINE(release_262, LINUX, 1), .net = true, .unsorted = true,
	  .happens = NOTES },
	{ .words = "destroyed images are still listed", USUAL, .broken_listed = true, .net = true, .unsorted = true,
	  .happens = HAPPENS_LOSSES, .upheavals = 1 },
	{ .words = "NVRAM that takes nothing", USUAL, .protected_nvram = true, .happens = HAPPENS_LOSSES, .upheavals = 2 },
	{ .words = "NVRAM that forgets at each power-off", MACHINE(release_257, LINUX, 2), .forgetful = true },
	{ .words = "the same, and a reset entry without counter", USUAL, .forgetful = true, .reset_uncounted = true },
	{ .words = "a reset entry without counter", USUAL, .reset_uncounted = true, .happens = NOTES },
	{ .words = "auto-reset witnessed, a loss", USUAL, .auto_reset = AUTO_RESET_WITNESSED,
	  .happens = HAPPENS_LOSSES | NOTES, .upheavals = 1 },
	{ .words = "auto-reset no, a loss", USUAL, .auto_reset = AUTO_RESET_NO, .happens = HAPPENS_LOSSES | NOTES,
	  .upheavals = 1 },
	/* and together */
	{ .words = "power cuts, reset entry without counter", USUAL, .reset_uncounted = true, .happens = HAPPENS_CUTS,
	  .full_only = true },
	{ .words = "power cuts and notes", USUAL, .happens = HAPPENS_CUTS | NOTES, .full_only = true },
	{ .words = "power cuts, two tries", MACHINE(release_257, LINUX, 2), .happens = HAPPENS_CUTS,
	  .full_only = true },
	{ .words = "power cuts and one loss", USUAL, .happens = HAPPENS_CUTS | HAPPENS_LOSSES, .upheavals = 1,
	  .full_only = true },
	{ .words = "two upgrades", USUAL, .happens = HAPPENS_UPGRADES | NOTES, .upheavals = 2, .full_only = true },
	{ .words = "three lost or restored", USUAL, .happens = HAPPENS_LOSSES, .upheavals = 3, .full_only = true },
	{ .words = "three forgeries", USUAL, .happens = HAPPENS_FORGERY | HAPPENS_WISHES, .upheavals = 3,
	  .full_only = true },
	{ .words = "one upheaval of any kind, two tries", MACHINE(release_257, LINUX, 2), .upheavals = 1,
	  .happens = NOTES | HAPPENS_UPGRADES | HAPPENS_LOSSES | HAPPENS_NVRAM | HAPPENS_WISHES | HAPPENS_READ_ONLY,
	  .full_only = true },
	{ .words = "two upheavals of any kind", USUAL, .upheavals = 2,
	  .happens = NOTES | HAPPENS_UPGRADES | HAPPENS_LOSSES | HAPPENS_NVRAM | HAPPENS_WISHES | HAPPENS_READ_ONLY,
	  .full_only = true },
	{ .words = "the net on 262, no sort keys, a loss", MACHINE(release_262, LINUX, 1), .net = true, .unsorted = true,
	  .happens = HAPPENS_LOSSES | NOTES, .upheavals = 1, .full_only = true },
	{ .words = "two resets allowed, a loss", .release = &release_257, .key = CONF_KEY_LINUX, .tries = 1, .reset_limit = 2,
	  .happens = HAPPENS_LOSSES | NOTES, .upheavals = 1, .full_only = true },
	{ .words = "key efi on 262, power cuts", MACHINE(release_262, EFI, 2), .happens = HAPPENS_CUTS | NOTES,
	  .full_only = true },
};

const unsigned world_count = sizeof(worlds) / sizeof(worlds[0]);
