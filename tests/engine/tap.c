/* SPDX-License-Identifier: MIT */
#include "tests/engine/tap.h"

#include "arch/console.h"
#include "arch/print.h"
#include "arch/screen.h"
#include "arch/string.h"
#include "arch/text.h"
#include "tests/engine/resume.h"

enum { TAP_MARK_CHARACTERS = 4 };

static bool is_verbose;
static struct tap_memory tap;

void tap_be_verbose(void)
{
	is_verbose = true;
}

const struct tap_memory *tap_told(void)
{
	return &tap;
}

void tap_restore(const struct tap_memory *memory)
{
	tap = *memory;
}

/* What a screen shows of a run: which test it is in, and what became of those before. */
static void show_progress(const char *id)
{
	char text[160];

	if (!framebuffer_rows())
		return;
	print_to(text, sizeof(text), "%u of %u: %u passed, %u failed, %u known, %u skipped   %s",
		 tap.reported, tap.planned, tap.count[TAP_PASS] + tap.count[TAP_CURED],
		 tap.count[TAP_FAIL] + tap.count[TAP_ERROR], tap.count[TAP_KNOWN],
		 tap.count[TAP_SKIP], id);
	screen_set_status(text);
}

void tap_begin(void)
{
	console_set_ink(INK_NONE);
	print("TAP version 14\n");
	console_set_ink(INK_PLAIN);
}

void tap_plan(unsigned int count)
{
	tap.planned = count;
	print("1..%u\n", count);
}

void tap_announce(const char *id)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	char mark[TAP_MARK_CHARACTERS + 1] = "";
	uint32_t sum = text_sum(id, strlen(id));

	for (unsigned int i = 0; i < TAP_MARK_CHARACTERS; i++, sum /= 36)
		mark[i] = digits[sum % 36];
	console_set_ink(INK_NONE);
	print("#%s\n", mark);
	console_set_ink(INK_PLAIN);
	show_progress(id);
}

/* YAML in double quotes: what would end the string early is escaped. */
static void print_quoted(const char *text)
{
	print("\"");
	for (; *text; text++)
		print(*text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
	print("\"");
}

static void print_details(const struct tap_result *result)
{
	bool is_in_full = result->kind != TAP_KNOWN || is_verbose;

	print("  ---\n");
	if (is_in_full) {
		print("  spec: ");
		print_quoted(result->spec);
		if (result->expected[0])
			print("\n  expected: %s", result->expected);
		if (result->got[0])
			print("\n  got:      %s", result->got);
		print("\n");
	}
	print("  differs:  ");
	print_quoted(result->differs);
	print("\n  ...\n");
}

static void remember_failure(const struct tap_result *result)
{
	struct tap_failure *failure = &tap.failed[tap.count[TAP_FAIL]];

	if (result->kind != TAP_FAIL || tap.count[TAP_FAIL] >= TAP_FAILED_IDS_MAX)
		return;
	failure->unit = result->unit;
	print_to(failure->id, sizeof(failure->id), "%s", result->id);
	print_to(failure->differs, sizeof(failure->differs), "%s", result->differs);
}

static bool is_bad(const struct tap_result *result)
{
	return result->kind == TAP_FAIL || result->kind == TAP_KNOWN || result->kind == TAP_ERROR;
}

static void print_first_line(const struct tap_result *result)
{
	print("%sok %u - %s", is_bad(result) ? "not " : "", ++tap.reported, result->id);
	if (result->unit >= 0)
		print(" [unit %d%s%s]", result->unit, result->stage ? ", " : "",
		      result->stage ? result->stage : "");
	if (result->kind == TAP_SKIP)
		print(" # SKIP %s", result->note);
	else if (result->kind == TAP_KNOWN || result->kind == TAP_CURED)
		print(" # TODO %s", result->note);
	else if (result->kind == TAP_ERROR)
		print(" # ERROR of our own, not of the unit");
	print("\n");
}

/* A screen has room for what is worth reading only. */
static void print_result(const struct tap_result *result)
{
	const bool is_shown = result->kind == TAP_FAIL || result->kind == TAP_ERROR;

	console_set_ink(is_shown ? INK_RED : INK_NONE);
	print_first_line(result);
	console_set_ink(is_shown ? INK_PLAIN : INK_NONE);
	if (is_bad(result))
		print_details(result);
	if (result->kind == TAP_CURED)
		print("# cured: %s no longer deviates; the profile says it does\n", result->id);
	console_set_ink(INK_PLAIN);
}

void tap_report(const struct tap_result *result)
{
	print_result(result);
	remember_failure(result);
	tally_add(&tap.tally, result->id, result->kind == TAP_SKIP ? result->note : NULL);
	tap.count[result->kind]++;
	tap.ailing += result->kind == TAP_SKIP && result->is_for_ailment;
	show_progress(result->id);
}

void tap_print_tally(void)
{
	tally_print(&tap.tally);
}

enum exit_code tap_verdict(void)
{
	if (tap.count[TAP_FAIL])
		return EXIT_FAIL;
	if (tap.count[TAP_ERROR])
		return EXIT_COULD_NOT_RUN;
	if (!tap.count[TAP_PASS] && !tap.count[TAP_KNOWN] && !tap.count[TAP_CURED])
		return EXIT_NOTHING_TESTED;
	return EXIT_PASS;
}

static void print_failed_ids(void)
{
	unsigned int failed = tap.count[TAP_FAIL];

	if (!failed)
		return;
	print("# failed:");
	for (unsigned int i = 0; i < failed && i < TAP_FAILED_IDS_MAX; i++)
		print(" %s", tap.failed[i].id);
	if (failed > TAP_FAILED_IDS_MAX)
		print(" and %u more", failed - TAP_FAILED_IDS_MAX);
	print("\n");
}

_Noreturn void tap_end(enum exit_code code)
{
	print_failed_ids();
	print("# verdict: %s  %u passed, %u failed, %u known deviations, %u skipped",
	      exit_words(code), tap.count[TAP_PASS] + tap.count[TAP_CURED],
	      tap.count[TAP_FAIL] + tap.count[TAP_ERROR], tap.count[TAP_KNOWN],
	      tap.count[TAP_SKIP]);
	if (tap.count[TAP_CURED])
		print(", %u of the passed cured", tap.count[TAP_CURED]);
	if (tap.count[TAP_ERROR])
		print(", %u of the failed errors of our own", tap.count[TAP_ERROR]);
	if (tap.ailing)
		print(", %u of the skipped because a unit is ill", tap.ailing);
	print("\n");
	print("# end crc32 %08x\n", console_crc32());
	resume_forget();
	exit_machine(code);
}

_Noreturn void tap_bail_out(enum exit_code code, const char *format, ...)
{
	va_list args;

	console_speak();
	if (!tap.planned)
		tap_plan(0);
	print("Bail out! ");
	va_start(args, format);
	print_args(format, args);
	va_end(args);
	print("\n");
	tap_end(code);
}
