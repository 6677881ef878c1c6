/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware.h"

#include <string.h>

#include "clock.h"
#include "console.h"
#include "devicepath.h"
#include "disk.h"
#include "files.h"
#include "guids.h"
#include "handles.h"
#include "images.h"
#include "laws.h"
#include "pool.h"
#include "tpm.h"
#include "variables.h"
#include "volume.h"

static EFI_SYSTEM_TABLE system_table;
static EFI_BOOT_SERVICES boot;
static EFI_RUNTIME_SERVICES runtime;
static EFI_HANDLE firmware_image;
static void (*watcher)(void);
static void (*program)(EFI_HANDLE firmware, EFI_SYSTEM_TABLE *system);

/* Every pointer that nobody has filled: a call of a service that the program was not meant to need. */
static EFI_STATUS EFIAPI unknown_service(void)
{
	laws_call(SERVICE_UNKNOWN);
	laws_break("a service is called that the fake firmware does not have");
	return EFI_UNSUPPORTED;
}

static void fill_unknown(void *from, const void *end)
{
	EFI_STATUS(EFIAPI * service)(void) = unknown_service;

	for (uint8_t *at = from; at < (const uint8_t *)end; at += sizeof(service))
		memcpy(at, &service, sizeof(service));
}

/* gnu-efi says that ResetSystem returns a status, the specification that it does not: nobody sees the difference. */
static EFI_STATUS EFIAPI reset_system(EFI_RESET_TYPE type, EFI_STATUS status, UINTN size, CHAR16 *data)
{
	laws_call(SERVICE_RESET_SYSTEM); /* it cannot fail: who would hear of it */
	if (size && !data)
		laws_break("ResetSystem with a size and no data, status %llx", (unsigned long long)status);
	power_end(type == EfiResetShutdown ? OUTCOME_POWEROFF : OUTCOME_RESET);
}

static EFI_STATUS EFIAPI calculate_crc32(VOID *data, UINTN size, UINT32 *ret)
{
	EFI_STATUS injected = laws_call(SERVICE_CRC32);
	uint32_t crc = UINT32_MAX;

	if (EFI_ERROR(injected))
		return injected;
	if (!data || !size || !ret)
		return EFI_INVALID_PARAMETER;
	for (UINTN i = 0; i < size; i++) {
		crc ^= ((const uint8_t *)data)[i];
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xEDB88320u : crc >> 1;
	}
	*ret = ~crc;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI next_monotonic(UINT64 *ret)
{
	EFI_STATUS injected = laws_call(SERVICE_MONOTONIC);
	static uint64_t count;

	if (EFI_ERROR(injected))
		return injected;
	*ret = ++count;
	return EFI_SUCCESS;
}

static void tables_make(void)
{
	fill_unknown(&boot.RaiseTPL, &boot + 1);
	fill_unknown(&runtime.GetTime, &runtime + 1);
	boot.Hdr = (EFI_TABLE_HEADER){ .Signature = EFI_BOOT_SERVICES_SIGNATURE,
				       .Revision = 2 << 16 | 70,
				       .HeaderSize = sizeof(boot) };
	runtime.Hdr = (EFI_TABLE_HEADER){ .Signature = EFI_RUNTIME_SERVICES_SIGNATURE,
					  .Revision = 2 << 16 | 70,
					  .HeaderSize = sizeof(runtime) };
	fake_pool_install(&boot);
	fake_clock_install(&boot, &runtime);
	fake_handles_install(&boot);
	fake_images_install(&boot);
	fake_variables_install(&runtime);
	boot.CalculateCrc32 = calculate_crc32;
	boot.GetNextMonotonicCount = next_monotonic;
	runtime.ResetSystem = reset_system;
	system_table = (EFI_SYSTEM_TABLE){
		.Hdr = { .Signature = EFI_SYSTEM_TABLE_SIGNATURE,
			 .Revision = 2 << 16 | 70,
			 .HeaderSize = sizeof(system_table) },
		.FirmwareVendor = (CHAR16 *)L"Bootpilot's fake",
		.FirmwareRevision = 0x10000,
		.BootServices = &boot,
		.RuntimeServices = &runtime,
	};
	fake_console_install(&system_table);
	if (system_table.ConOut) {
		system_table.ConsoleInHandle = system_table.ConsoleOutHandle = fake_handles_new();
		fake_handles_add(system_table.ConsoleOutHandle, &fake_guid_text_out, system_table.ConOut);
		fake_handles_add(system_table.ConsoleOutHandle, &fake_guid_text_in, system_table.ConIn);
	}
}

/* DxeCore's own image: the parent of what BDS loads. It has no device and no file. */
static void firmware_image_make(void)
{
	static EFI_LOADED_IMAGE loaded;

	loaded = (EFI_LOADED_IMAGE){
		.Revision = EFI_LOADED_IMAGE_PROTOCOL_REVISION,
		.SystemTable = &system_table,
		.ImageCodeType = EfiBootServicesCode,
		.ImageDataType = EfiBootServicesData,
	};
	firmware_image = fake_handles_new();
	fake_handles_add(firmware_image, &fake_guid_loaded_image, &loaded);
}

EFI_SYSTEM_TABLE *fake_firmware_on(void)
{
	laws_power_on();
	fake_pool_power_on();
	fake_clock_power_on();
	fake_console_power_on();
	tables_make();
	fake_images_power_on(&system_table);
	firmware_image_make();
	fake_disks_power_on();
	fake_tpm_power_on();
	return &system_table;
}

EFI_HANDLE fake_firmware_image(void)
{
	return firmware_image;
}

void fake_firmware_off(void)
{
	fake_images_power_off();
	fake_files_power_off();
	fake_disks_power_off();
	fake_clock_power_off();
	fake_pool_power_off();
	fake_handles_power_off();
	fake_variables_power_off();
}

static void run_program(void *context)
{
	program(firmware_image, context);
}

enum outcome fake_firmware_run(void (*run)(EFI_HANDLE firmware, EFI_SYSTEM_TABLE *system))
{
	EFI_SYSTEM_TABLE *system = fake_firmware_on();
	enum outcome outcome;

	program = run;
	outcome = power_cycle(run_program, system);
	laws_owner_set(0);
	if (watcher)
		watcher();
	fake_firmware_off();
	return outcome;
}

void fake_firmware_watch(void (*watch)(void))
{
	watcher = watch;
}

void fake_firmware_new(void)
{
	watcher = NULL;
	fake_firmware_off();
	fake_volumes_remove_all();
	fake_variables_new();
	fake_images_forget();
	fake_console_press_nothing();
	fake_console_missing(false);
	fake_tpm_plug(false, false);
	fake_fail_none();
	laws_set_limit(0);
}

int fake_firmware_forget(void **state)
{
	fake_firmware_new();
	return *state != NULL;
}
