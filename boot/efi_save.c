/* SPDX-License-Identifier: MIT */
#include "boot/efi_save.h"

#include "arch/log.h"
#include "arch/string.h"
#include "boot/boot.h"
#include "boot/efi_file.h"

#define MIB	      (UINT64_C(1) << 20)
#define LINE_CHARS    160
#define HEAD_CHARS    10
#define TENTHS_SHOWN  600
#define TENTH_US      100000
#define OPEN_EXISTING (EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE)
#define OPEN_NEW      (OPEN_EXISTING | EFI_FILE_MODE_CREATE)

static const char pending[] =
	"A run of vtdcheck with the word save has begun. Its log will stand here.\n";
static const CHAR16 log_name[] = L"vtdcheck.log";

static EFI_SYSTEM_TABLE *system;
static const EFI_LOADED_IMAGE *loaded;

/* Far from both ends of memory, where firmware works. The first that is free, so it is the same in every boot. */
static void *take_room(void)
{
	static const uint64_t places[] = { 64 * MIB, 128 * MIB, 256 * MIB, 512 * MIB, 1024 * MIB };
	EFI_PHYSICAL_ADDRESS at;
	unsigned i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		at = places[i];
		if (!EFI_ERROR(system->BootServices->AllocatePages(AllocateAddress, EfiLoaderData,
								   LOG_BYTES / EFI_PAGE_SIZE, &at)))
			return (void *)(uintptr_t)at;
	}
	return NULL;
}

static EFI_FILE_HANDLE open_log(UINT64 mode)
{
	return efi_file_open(system->BootServices, loaded, log_name, mode);
}

/* The file with this text and nothing else. */
static bool write_file(const char *text, UINTN bytes)
{
	EFI_FILE_HANDLE file = open_log(OPEN_EXISTING);
	UINTN written = bytes;
	EFI_STATUS status;

	if (file)
		file->Delete(file); /* closes it, too */
	file = open_log(OPEN_NEW);
	if (!file)
		return false;
	status = file->Write(file, &written, (VOID *)(uintptr_t)text);
	return !EFI_ERROR(file->Close(file)) && !EFI_ERROR(status) && written == bytes;
}

/* A run had begun, and neither its log nor anybody's hand has taken its mark away. */
static bool is_pending(void)
{
	EFI_FILE_HANDLE file = open_log(EFI_FILE_MODE_READ);
	char text[sizeof(pending)];
	UINTN bytes = sizeof(text);
	EFI_STATUS status;

	if (!file)
		return false;
	status = file->Read(file, &bytes, text);
	file->Close(file);
	return !EFI_ERROR(status) && bytes == sizeof(pending) - 1 && !memcmp(text, pending, bytes);
}

/* Firmware may say it on the serial line, too: nobody may take it for a log's. */
static void say(const char *text, size_t bytes)
{
	CHAR16 line[LINE_CHARS + 3] = { 'v', 't', 'd', 'c', 'h', 'e', 'c', 'k', '>', ' ' };
	size_t i;

	for (i = HEAD_CHARS; bytes && i < LINE_CHARS; i++, bytes--)
		line[i] = (CHAR16)*text++;
	line[i++] = '\r';
	line[i++] = '\n';
	line[i] = 0;
	system->ConOut->OutputString(system->ConOut, line);
}

static void say_words(const char *words)
{
	say(words, strlen(words));
}

/* "PASS  12 passed, 0 failed": not as the log says it, for whoever judges the serial line finds it after the end. */
static void show_verdict(const char *text, size_t bytes)
{
	static const char head[] = "# verdict: ";
	const size_t head_bytes = sizeof(head) - 1;
	unsigned commas = 0;
	size_t at, length;

	for (at = 0; at + head_bytes < bytes && memcmp(text + at, head, head_bytes); at++)
		;
	if (at + head_bytes >= bytes)
		return;
	text += at + head_bytes;
	bytes -= at + head_bytes;
	for (length = 0; length < bytes && text[length] != '\n'; length++) {
		commas += text[length] == ',';
		if (commas == 2)
			break;
	}
	say(text, length);
}

/* By the firmware's own keyboard, whatever kind that is. */
static void wait_for_key(void)
{
	EFI_INPUT_KEY key;
	unsigned tenths;

	system->ConIn->Reset(system->ConIn, FALSE);
	for (tenths = 0; tenths < TENTHS_SHOWN; tenths++) {
		if (!EFI_ERROR(system->ConIn->ReadKeyStroke(system->ConIn, &key)))
			return;
		system->BootServices->Stall(TENTH_US);
	}
}

/* Comes back never. */
static void save(void *room, const char *text, size_t bytes)
{
	const bool is_saved = write_file(text, bytes);

	log_forget(room);
	show_verdict(text, bytes);
	say_words(is_saved ? "the log is in vtdcheck.log on the stick. Off in a minute, "
			     "or now at a key."
			   : "the stick would not take vtdcheck.log. Off in a minute, or "
			     "now at a key.");
	wait_for_key();
	system->RuntimeServices->ResetSystem(EfiResetShutdown, EFI_SUCCESS, 0, NULL);
}

void efi_save_prepare(EFI_SYSTEM_TABLE *table, const EFI_LOADED_IMAGE *image)
{
	const char *text;
	void *room;
	size_t bytes;

	system = table;
	loaded = image;
	room = take_room();
	text = room ? log_find(room, LOG_BYTES, &bytes) : NULL;
	if (text)
		save(room, text, bytes);
	if (!room)
		boot_set_save_obstacle("firmware has no memory at any of the places for a log");
	else if (is_pending())
		boot_set_save_obstacle("vtdcheck.log says that a run had begun, and its log is "
				       "not in memory: the machine forgets it at a reset, or was "
				       "switched off. To try again, remove the file");
	else if (!write_file(pending, sizeof(pending) - 1))
		boot_set_save_obstacle("the stick would not take the file vtdcheck.log");
	else
		boot_set_log_room(room, LOG_BYTES);
}
