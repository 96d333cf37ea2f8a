/* SPDX-License-Identifier: MIT */
#include "tests/engine/screen/last_page.h"

#include "arch/console.h"
#include "arch/log.h"
#include "arch/string.h"
#include "arch/version.h"
#include "iommu/spec/regs.h"
#include "tests/engine/screen/sheet.h"
#include "tests/engine/tap.h"

enum { LINE_BYTES = 300, LINES_OF_A_TEXT = 3 };

/* The last line of the log that begins so, without that; "" if none does. */
static const char *find_line(const char *head)
{
	static char line[LINE_BYTES];
	size_t bytes, head_bytes = strlen(head), length;
	const char *log = log_text(&bytes);

	line[0] = '\0';
	for (size_t at = 0; at < bytes; at += length + 1) {
		const char *end = memchr(log + at, '\n', bytes - at);

		length = end ? (size_t)(end - log) - at : bytes - at;
		if (length >= head_bytes && !memcmp(log + at, head, head_bytes))
			print_to(line, sizeof(line), "%.*s", (int)(length - head_bytes),
				 log + at + head_bytes);
	}
	return line;
}

static enum ink ink_of(enum exit_code code)
{
	if (code == EXIT_PASS)
		return INK_GREEN;
	return code == EXIT_FAIL || code == EXIT_CRASH ? INK_RED : INK_YELLOW;
}

/* Words of the log's line are told once more, for whoever has no log. */
static void add_line_of_log(struct sheet *sheet, enum ink ink, const char *title, const char *head)
{
	const char *line = find_line(head);

	if (*line)
		sheet_add_wrapped(sheet, ink, LINES_OF_A_TEXT, "%s%s", title, line);
}

static void make_head(struct sheet *sheet, enum exit_code code)
{
	const struct tap_memory *told = tap_told();

	sheet_begin(sheet);
	sheet_add(sheet, INK_DIM, "vtdcheck %s, VT-d rev %s", version_text, VTD_SPEC_REVISION);
	sheet_add(sheet, INK_PLAIN, "%s", "");
	sheet_add(sheet, ink_of(code), "%s", exit_words(code));
	sheet_add(sheet, INK_PLAIN, "%u passed, %u failed, %u known deviations, %u skipped",
		  told->count[TAP_PASS] + told->count[TAP_CURED],
		  told->count[TAP_FAIL] + told->count[TAP_ERROR], told->count[TAP_KNOWN],
		  told->count[TAP_SKIP]);
	if (told->reported < told->planned)
		sheet_add(sheet, INK_YELLOW, "The run ended before its time: %u of %u results",
			  told->reported, told->planned);
	add_line_of_log(sheet, INK_RED, "", "# panic: ");
	add_line_of_log(sheet, INK_YELLOW, "", "Bail out! ");
	sheet_add(sheet, INK_PLAIN, "%s", "");
}

/* As many as there is room for, and how many more there are. */
static void make_failures(struct sheet *sheet, uint32_t rows)
{
	const struct tap_memory *told = tap_told();
	const unsigned int failed = told->count[TAP_FAIL];
	unsigned int shown = failed < TAP_FAILED_IDS_MAX ? failed : TAP_FAILED_IDS_MAX;

	sheet_begin(sheet);
	if (rows > SHEET_LINES)
		rows = SHEET_LINES;
	if (rows < 2)
		return;
	if (shown > rows || failed > shown)
		shown = shown < rows - 1 ? shown : rows - 1;
	for (unsigned int i = 0; i < shown; i++) {
		const struct tap_failure *failure = &told->failed[i];
		char unit[24] = "";

		if (failure->unit >= 0)
			print_to(unit, sizeof(unit), " [unit %d]", failure->unit);
		sheet_add(sheet, INK_RED, "  %s%s: %s", failure->id, unit, failure->differs);
	}
	if (failed > shown)
		sheet_add(sheet, INK_RED, "  and %u more", failed - shown);
}

/* Areas of which no test was made. */
static void add_not_tested(struct sheet *sheet)
{
	const struct tally *tally = &tap_told()->tally;
	char areas[LINE_BYTES] = "";
	size_t used = 0;

	for (unsigned int i = 0; i < TALLY_AREAS_MAX && tally->areas[i].text[0]; i++)
		if (!tally->areas[i].done && used < sizeof(areas))
			used += (size_t)print_to(areas + used, sizeof(areas) - used, " %s",
						 tally->areas[i].text);
	if (used)
		sheet_add_wrapped(sheet, INK_YELLOW, LINES_OF_A_TEXT, "Not tested:%s", areas);
}

static const char *next_step(enum exit_code code)
{
	switch (code) {
	case EXIT_PASS:
		return "nothing that was tested is wrong. ./run.sh judge LOG says so of the log, "
		       "too.";
	case EXIT_FAIL:
		return "docs/TESTS.md tells what each test means; the log has what was due and "
		       "what came. A deviation that is known becomes a line of vtdcheck.txt "
		       "(docs/VMM.md).";
	case EXIT_COULD_NOT_RUN:
		return "mend what is named above: most often a word in EFI/BOOT/vtdcheck.txt.";
	case EXIT_NOTHING_TESTED:
		return "is VT-d on in the firmware's setup? The word units=model tries this "
		       "program without it.";
	default:
		return "this is a mistake of vtdcheck, not of the machine: please report it with "
		       "the log.";
	}
}

static void make_foot(struct sheet *sheet, enum exit_code code)
{
	sheet_begin(sheet);
	sheet_add(sheet, INK_PLAIN, "%s", "");
	add_not_tested(sheet);
	add_line_of_log(sheet, INK_PLAIN, "Plan of an operating system: ",
			"# platform: plan of an operating system: ");
	sheet_add_wrapped(sheet, INK_PLAIN, 2, "Log: %s", console_serial());
	sheet_add_wrapped(sheet, INK_PLAIN, LINES_OF_A_TEXT, "Next: %s", next_step(code));
}

void last_page_draw(enum exit_code code, const char *keys)
{
	static struct sheet head, failures, foot;
	const uint32_t rows = framebuffer_rows() - 1;
	uint32_t used;

	make_head(&head, code);
	make_foot(&foot, code);
	used = head.count + foot.count;
	make_failures(&failures, rows > used ? rows - used : 0);
	for (uint32_t row = 0; row < rows; row++)
		framebuffer_draw_row(row, "", 0, INK_PLAIN);
	sheet_draw(&head, 0);
	sheet_draw(&failures, head.count);
	sheet_draw(&foot, head.count + failures.count);
	framebuffer_draw_row(rows, keys, strlen(keys), INK_YELLOW);
}
