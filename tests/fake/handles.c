/* SPDX-License-Identifier: Apache-2.0 */
#include "handles.h"

#include <stdlib.h>
#include <string.h>

#include "devicepath.h"
#include "guids.h"
#include "laws.h"
#include "pool.h"

#define PROTOCOLS_MAX 8u

struct handle {
	struct handle *next; /* oldest first, the order of EDK2's database */
	struct {
		EFI_GUID guid;
		void *interface;
	} protocols[PROTOCOLS_MAX];
	size_t count;
};

static struct handle *handles;

static struct handle *handle_find(EFI_HANDLE wanted)
{
	for (struct handle *h = handles; h; h = h->next)
		if (h == wanted)
			return h;
	return NULL;
}

static size_t protocol_find(const struct handle *handle, const EFI_GUID *guid)
{
	for (size_t i = 0; i < handle->count; i++)
		if (fake_guid_equal(&handle->protocols[i].guid, guid))
			return i;
	return PROTOCOLS_MAX;
}

EFI_HANDLE fake_handles_new(void)
{
	struct handle **end = &handles;

	while (*end)
		end = &(*end)->next;
	*end = calloc(1, sizeof(**end));
	return *end;
}

void fake_handles_remove(EFI_HANDLE wanted)
{
	for (struct handle **link = &handles; *link; link = &(*link)->next)
		if (*link == wanted) {
			struct handle *handle = *link;

			*link = handle->next;
			free(handle);
			return;
		}
}

void fake_handles_add(EFI_HANDLE wanted, const EFI_GUID *guid, void *interface)
{
	struct handle *handle = handle_find(wanted);

	if (!handle || handle->count == PROTOCOLS_MAX)
		abort();
	handle->protocols[handle->count].guid = *guid;
	handle->protocols[handle->count++].interface = interface;
}

void *fake_handles_get(EFI_HANDLE wanted, const EFI_GUID *guid)
{
	struct handle *handle = handle_find(wanted);
	size_t i = handle ? protocol_find(handle, guid) : PROTOCOLS_MAX;

	return i == PROTOCOLS_MAX ? NULL : handle->protocols[i].interface;
}

static EFI_STATUS open_plainly(EFI_HANDLE wanted, const EFI_GUID *guid, void **ret)
{
	struct handle *handle = handle_find(wanted);
	size_t i;

	if (!handle || !guid)
		return EFI_INVALID_PARAMETER;
	i = protocol_find(handle, guid);
	if (i == PROTOCOLS_MAX) {
		if (ret)
			*ret = NULL;
		return EFI_UNSUPPORTED;
	}
	if (ret)
		*ret = handle->protocols[i].interface;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI handle_protocol(EFI_HANDLE handle, EFI_GUID *guid, VOID **ret)
{
	EFI_STATUS injected = laws_call(SERVICE_HANDLE_PROTOCOL);

	if (EFI_ERROR(injected))
		return injected;
	return ret ? open_plainly(handle, guid, ret) : EFI_INVALID_PARAMETER;
}

static EFI_STATUS EFIAPI open_protocol(EFI_HANDLE handle, EFI_GUID *guid, VOID **ret, EFI_HANDLE agent,
				       EFI_HANDLE controller, UINT32 attributes)
{
	EFI_STATUS injected = laws_call(SERVICE_OPEN_PROTOCOL);
	bool needs_agent = attributes & (EFI_OPEN_PROTOCOL_BY_CHILD_CONTROLLER | EFI_OPEN_PROTOCOL_BY_DRIVER |
					 EFI_OPEN_PROTOCOL_EXCLUSIVE);

	if (EFI_ERROR(injected))
		return injected;
	if (attributes == 0 || (needs_agent && !handle_find(agent)) || (controller && !handle_find(controller)))
		return EFI_INVALID_PARAMETER;
	if (!ret && attributes != EFI_OPEN_PROTOCOL_TEST_PROTOCOL)
		return EFI_INVALID_PARAMETER;
	return open_plainly(handle, guid, attributes == EFI_OPEN_PROTOCOL_TEST_PROTOCOL ? NULL : ret);
}

static EFI_STATUS EFIAPI close_protocol(EFI_HANDLE handle, EFI_GUID *guid, EFI_HANDLE agent, EFI_HANDLE controller)
{
	EFI_STATUS injected = laws_call(SERVICE_CLOSE_PROTOCOL);

	if (EFI_ERROR(injected))
		return injected;
	if (!handle_find(agent) || (controller && !handle_find(controller)))
		return EFI_INVALID_PARAMETER;
	return open_plainly(handle, guid, NULL);
}

static EFI_STATUS EFIAPI locate_protocol(EFI_GUID *guid, VOID *registration, VOID **ret)
{
	EFI_STATUS injected = laws_call(SERVICE_LOCATE_PROTOCOL);

	if (EFI_ERROR(injected))
		return injected;
	if (!guid || !ret)
		return EFI_INVALID_PARAMETER;
	for (struct handle *h = registration ? NULL : handles; h; h = h->next)
		if (protocol_find(h, guid) != PROTOCOLS_MAX) {
			*ret = fake_handles_get(h, guid);
			return EFI_SUCCESS;
		}
	*ret = NULL;
	return EFI_NOT_FOUND;
}

static size_t collect(EFI_LOCATE_SEARCH_TYPE how, const EFI_GUID *guid, EFI_HANDLE *ret)
{
	size_t count = 0;

	for (struct handle *h = handles; h; h = h->next)
		if (how == AllHandles || protocol_find(h, guid) != PROTOCOLS_MAX) {
			if (ret)
				ret[count] = h;
			count++;
		}
	return count;
}

static EFI_STATUS EFIAPI locate_handle(EFI_LOCATE_SEARCH_TYPE how, EFI_GUID *guid, VOID *key, UINTN *size,
				       EFI_HANDLE *ret)
{
	EFI_STATUS injected = laws_call(SERVICE_LOCATE_HANDLE);
	size_t needed;

	if (EFI_ERROR(injected))
		return injected;
	if (!size || how == ByRegisterNotify || key || (how == ByProtocol && !guid))
		return EFI_INVALID_PARAMETER;
	needed = collect(how, guid, NULL) * sizeof(EFI_HANDLE);
	if (needed == 0)
		return EFI_NOT_FOUND;
	if (*size < needed) {
		*size = needed;
		return EFI_BUFFER_TOO_SMALL;
	}
	*size = needed;
	collect(how, guid, ret);
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI locate_handle_buffer(EFI_LOCATE_SEARCH_TYPE how, EFI_GUID *guid, VOID *key, UINTN *count,
					      EFI_HANDLE **ret)
{
	EFI_STATUS injected = laws_call(SERVICE_LOCATE_HANDLE_BUFFER);

	if (EFI_ERROR(injected))
		return injected;
	if (!count || !ret || how == ByRegisterNotify || key || (how == ByProtocol && !guid))
		return EFI_INVALID_PARAMETER;
	*ret = NULL;
	*count = collect(how, guid, NULL);
	if (*count == 0)
		return EFI_NOT_FOUND;
	*ret = fake_pool_take(*count * sizeof(EFI_HANDLE));
	collect(how, guid, *ret);
	return EFI_SUCCESS;
}

EFI_STATUS fake_handles_locate_path(const EFI_GUID *guid, EFI_DEVICE_PATH **path, EFI_HANDLE *ret)
{
	size_t best = 0, size = fake_path_size(*path) - 4;

	for (struct handle *h = handles; h; h = h->next) {
		const EFI_DEVICE_PATH *own = fake_handles_get(h, &fake_guid_device_path);
		size_t own_size = own ? fake_path_size(own) - 4 : 0;

		if (protocol_find(h, guid) == PROTOCOLS_MAX || own_size <= best || own_size > size)
			continue;
		if (memcmp(own, *path, own_size) != 0)
			continue;
		best = own_size;
		*ret = h;
	}
	if (best == 0)
		return EFI_NOT_FOUND;
	*path = (EFI_DEVICE_PATH *)((uint8_t *)*path + best);
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI locate_device_path(EFI_GUID *guid, EFI_DEVICE_PATH **path, EFI_HANDLE *ret)
{
	EFI_STATUS injected = laws_call(SERVICE_LOCATE_DEVICE_PATH);

	if (EFI_ERROR(injected))
		return injected;
	if (!guid || !path || !*path || !ret)
		return EFI_INVALID_PARAMETER;
	return fake_handles_locate_path(guid, path, ret);
}

static EFI_STATUS EFIAPI install_protocol(EFI_HANDLE *handle, EFI_GUID *guid, EFI_INTERFACE_TYPE type, VOID *interface)
{
	EFI_STATUS injected = laws_call(SERVICE_INSTALL_PROTOCOL);

	if (EFI_ERROR(injected))
		return injected;
	if (!handle || !guid || type != EFI_NATIVE_INTERFACE || (*handle && !handle_find(*handle)))
		return EFI_INVALID_PARAMETER;
	if (!*handle)
		*handle = fake_handles_new();
	else if (protocol_find(*handle, guid) != PROTOCOLS_MAX)
		return EFI_INVALID_PARAMETER;
	fake_handles_add(*handle, guid, interface);
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI uninstall_protocol(EFI_HANDLE wanted, EFI_GUID *guid, VOID *interface)
{
	EFI_STATUS injected = laws_call(SERVICE_UNINSTALL_PROTOCOL);
	struct handle *handle = handle_find(wanted);
	size_t i;

	if (!handle || !guid)
		return EFI_INVALID_PARAMETER;
	i = protocol_find(handle, guid);
	if (i == PROTOCOLS_MAX || handle->protocols[i].interface != interface)
		return EFI_NOT_FOUND;
	handle->protocols[i] = handle->protocols[--handle->count];
	if (handle->count == 0)
		fake_handles_remove(handle);
	return injected;
}

static EFI_STATUS EFIAPI connect_controller(EFI_HANDLE handle, EFI_HANDLE *drivers, EFI_DEVICE_PATH *rest, BOOLEAN all)
{
	EFI_STATUS injected = laws_call(SERVICE_CONNECT);

	if (EFI_ERROR(injected))
		return injected;
	return handle_find(handle) && (drivers || rest || all) ? EFI_SUCCESS : EFI_NOT_FOUND;
}

void fake_handles_power_off(void)
{
	while (handles)
		fake_handles_remove(handles);
}

void fake_handles_install(EFI_BOOT_SERVICES *boot)
{
	boot->HandleProtocol = handle_protocol;
	boot->OpenProtocol = open_protocol;
	boot->CloseProtocol = close_protocol;
	boot->LocateProtocol = locate_protocol;
	boot->LocateHandle = locate_handle;
	boot->LocateHandleBuffer = locate_handle_buffer;
	boot->LocateDevicePath = locate_device_path;
	boot->InstallProtocolInterface = install_protocol;
	boot->UninstallProtocolInterface = uninstall_protocol;
	boot->ConnectController = connect_controller;
}
