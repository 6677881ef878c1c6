/* SPDX-License-Identifier: Apache-2.0 */
#include "handoff.h"

#include "partition.h"
#include "variables.h"

#define WATCHDOG_CODE 0x1b007u /* above 0xffff: codes below belong to the firmware */

/* Loads what PATH names, once. */
static EFI_STATUS child_load(const struct firmware *fw, EFI_DEVICE_PATH *path, EFI_HANDLE *ret)
{
	EFI_HANDLE child = NULL;
	EFI_STATUS s = fw->boot->LoadImage(FALSE, fw->image, path, NULL, 0, &child);
	if (EFI_ERROR(s)) {
		if (child) /* refused by Secure Boot, and yet there is something to give back */
			fw->boot->UnloadImage(child);
		return s;
	}
	*ret = child;
	return EFI_SUCCESS;
}

EFI_STATUS handoff_chain(const struct firmware *fw, const struct berth *berth, bool *ret_started)
{
	EFI_HANDLE child = NULL;
	EFI_DEVICE_PATH *path =
		partition_file_path(fw, berth->esp, (struct text){ berth->loader_path, berth->loader_len });
	EFI_STATUS s = EFI_OUT_OF_RESOURCES;
	*ret_started = false;
	if (!path)
		return s;
	for (int attempt = 0; EFI_ERROR(s) && attempt < FIRMWARE_ATTEMPTS; attempt++)
		s = child_load(fw, path, &child);
	fw->boot->FreePool(path);
	if (EFI_ERROR(s))
		return s;
	*ret_started = true;
	UINTN size = 0;
	CHAR16 *exit_data = NULL;
	s = fw->boot->StartImage(child, &size, &exit_data);
	if (exit_data)
		fw->boot->FreePool(exit_data);
	return s;
}

void handoff_reset(const struct firmware *fw)
{
	fw->runtime->ResetSystem(EfiResetCold, EFI_SUCCESS, 0, NULL);
}

static void firmware_setup_next(const struct firmware *fw)
{
	uint64_t indications = 0;
	size_t size;
	uint32_t attributes;
	EFI_STATUS s =
		variable_get(fw, "OsIndications", &guid_global, &indications, sizeof(indications), &size, &attributes);
	if (EFI_ERROR(s) || size != sizeof(indications))
		indications = 0;
	indications |= EFI_OS_INDICATIONS_BOOT_TO_FW_UI;
	/* Where this fails the reset alone is what is left. */
	variable_set(fw, "OsIndications", &guid_global, VARIABLE_NV | VARIABLE_BS | VARIABLE_RT, &indications,
		     sizeof(indications));
}

void handoff_end(const struct firmware *fw, enum action action)
{
	switch (action) {
	case ACTION_REBOOT:
		handoff_reset(fw);
		break;
	case ACTION_POWEROFF:
		fw->runtime->ResetSystem(EfiResetShutdown, EFI_SUCCESS, 0, NULL);
		break;
	case ACTION_FIRMWARE:
		firmware_setup_next(fw);
		handoff_reset(fw);
		break;
	case ACTION_LEAVE:
	case ACTION_HAND_BACK:
	case ACTION_BOOT:
	case ACTION_RESET:
	case ACTION_MENU:
		break;
	}
}

void handoff_watchdog(const struct firmware *fw, uint32_t seconds)
{
	CHAR16 why[] = u"Bootpilot";
	/* Firmware without one (EFI_UNSUPPORTED) is as safe as it was before. */
	fw->boot->SetWatchdogTimer(seconds, WATCHDOG_CODE, sizeof(why), why);
}
