/* SPDX-License-Identifier: MIT */
#include "tests/engine/screen/sheet.h"

#include "arch/string.h"

enum { TEXT_BYTES = 600, INDENT = 2 };

void sheet_begin(struct sheet *sheet)
{
	const uint32_t columns = framebuffer_columns();

	sheet->columns = columns < SHEET_COLUMNS ? columns : SHEET_COLUMNS;
	sheet->count = 0;
}

/* One line of these characters; `is_cut`: more would come. */
static void add_line(struct sheet *sheet, enum ink ink, uint32_t indent, const char *text,
		     size_t bytes, bool is_cut)
{
	char *line;

	if (sheet->count == SHEET_LINES)
		return;
	line = sheet->lines[sheet->count].text;
	sheet->lines[sheet->count++].ink = ink;
	memset(line, ' ', indent);
	memcpy(line + indent, text, bytes);
	line[indent + bytes] = '\0';
	if (is_cut && indent + bytes >= 3)
		memset(line + indent + bytes - 3, '.', 3);
}

void sheet_add(struct sheet *sheet, enum ink ink, const char *format, ...)
{
	char text[TEXT_BYTES];
	size_t bytes;
	va_list args;

	va_start(args, format);
	print_format(text, sizeof(text), format, args);
	va_end(args);
	bytes = strlen(text);
	add_line(sheet, ink, 0, text, bytes < sheet->columns ? bytes : sheet->columns,
		 bytes > sheet->columns);
}

/* So many of the characters fit into `room` without breaking a word, unless it is wider than that. */
static size_t fit(const char *text, size_t room)
{
	size_t bytes = strlen(text);

	if (bytes <= room)
		return bytes;
	for (bytes = room; bytes && text[bytes] != ' ';)
		bytes--;
	return bytes ? bytes : room;
}

void sheet_add_wrapped(struct sheet *sheet, enum ink ink, uint32_t most, const char *format, ...)
{
	char text[TEXT_BYTES];
	const char *at = text;
	va_list args;

	va_start(args, format);
	print_format(text, sizeof(text), format, args);
	va_end(args);
	for (uint32_t i = 0; i < most && *at; i++) {
		const uint32_t indent = i ? INDENT : 0;
		const size_t bytes = fit(at, sheet->columns - indent);

		add_line(sheet, ink, indent, at, bytes, i == most - 1 && at[bytes]);
		at += bytes + strspn(at + bytes, " ");
	}
}

void sheet_draw(const struct sheet *sheet, uint32_t row)
{
	for (uint32_t i = 0; i < sheet->count; i++)
		framebuffer_draw_row(row + i, sheet->lines[i].text, strlen(sheet->lines[i].text),
				     sheet->lines[i].ink);
}
