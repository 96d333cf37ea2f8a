/* SPDX-License-Identifier: MIT */
#include "boot/efi_file.h"

#define PATH_CHARS_MAX 256
#define NAME_CHARS_MAX 16

static EFI_GUID guid_file_system = SIMPLE_FILE_SYSTEM_PROTOCOL;

/* The file name in one node of a device path, and how many characters it may have; NULL if none. */
static const CHAR16 *node_name(const EFI_DEVICE_PATH *node, UINTN *chars)
{
	if (DevicePathType(node) != MEDIA_DEVICE_PATH ||
	    DevicePathSubType(node) != MEDIA_FILEPATH_DP ||
	    DevicePathNodeLength(node) <= (INTN)sizeof(*node))
		return NULL;
	*chars = ((UINTN)DevicePathNodeLength(node) - sizeof(*node)) / sizeof(CHAR16);
	return (const CHAR16 *)(const void *)(node + 1);
}

static void make_path(const EFI_LOADED_IMAGE *loaded, const CHAR16 *file_name,
		      CHAR16 path[PATH_CHARS_MAX])
{
	const UINTN room = PATH_CHARS_MAX - NAME_CHARS_MAX;
	const EFI_DEVICE_PATH *node = loaded->FilePath;
	UINTN used = 0, directory = 0, chars, i;

	for (; node && !IsDevicePathEndType(node); node = NextDevicePathNode(node)) {
		const CHAR16 *name = node_name(node, &chars);

		if (!name)
			continue;
		if (used && path[used - 1] != '\\' && used < room)
			path[used++] = '\\';
		for (i = 0; i < chars && name[i] && used < room; i++)
			path[used++] = name[i];
	}
	for (i = 0; i < used; i++) {
		if (path[i] == '\\')
			directory = i + 1;
	}
	for (i = 0; i < NAME_CHARS_MAX - 1 && file_name[i]; i++)
		path[directory + i] = file_name[i];
	path[directory + i] = 0;
}

EFI_FILE_HANDLE efi_file_open(EFI_BOOT_SERVICES *services, const EFI_LOADED_IMAGE *loaded,
			      const CHAR16 *name, UINT64 mode)
{
	static CHAR16 path[PATH_CHARS_MAX];
	EFI_FILE_IO_INTERFACE *volume;
	EFI_FILE_HANDLE root, file;
	EFI_STATUS status;

	if (!loaded->DeviceHandle ||
	    EFI_ERROR(services->HandleProtocol(loaded->DeviceHandle, &guid_file_system,
					       (VOID **)&volume)) ||
	    EFI_ERROR(volume->OpenVolume(volume, &root)))
		return NULL;
	make_path(loaded, name, path);
	status = root->Open(root, &file, path, mode, 0);
	root->Close(root);
	return EFI_ERROR(status) ? NULL : file;
}
