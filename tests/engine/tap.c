/* SPDX-License-Identifier: MIT */
#include "tests/engine/tap.h"

#include "arch/console.h"
#include "arch/print.h"
#include "arch/string.h"
#include "arch/text.h"
#include "tests/engine/resume.h"

enum { TAP_MARK_CHARACTERS = 4 };

static struct {
	bool is_verbose;
	unsigned int planned;
	unsigned int reported;
	unsigned int count[TAP_KINDS];
	unsigned int ailing; /* of those skipped */
	const char *failed[TAP_FAILED_IDS_MAX];
	struct tally tally;
} tap;

void tap_be_verbose(void)
{
	tap.is_verbose = true;
}

void tap_save(struct tap_memory *memory)
{
	*memory = (struct tap_memory){
		.planned = tap.planned,
		.reported = tap.reported,
		.ailing = tap.ailing,
		.tally = tap.tally,
	};
	memcpy(memory->count, tap.count, sizeof(tap.count));
	for (unsigned int i = 0; i < TAP_FAILED_IDS_MAX && tap.failed[i]; i++)
		print_to(memory->failed[i], TAP_ID_BYTES, "%s", tap.failed[i]);
}

void tap_restore(const struct tap_memory *memory)
{
	tap.planned = memory->planned;
	tap.reported = memory->reported;
	tap.ailing = memory->ailing;
	tap.tally = memory->tally;
	memcpy(tap.count, memory->count, sizeof(tap.count));
	for (unsigned int i = 0; i < TAP_FAILED_IDS_MAX && memory->failed[i][0]; i++)
		tap.failed[i] = memory->failed[i];
}

void tap_begin(void)
{
	print("TAP version 14\n");
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
	print("#%s\n", mark);
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
	bool is_in_full = result->kind != TAP_KNOWN || tap.is_verbose;

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
	unsigned int n = tap.count[TAP_FAIL];

	if (result->kind == TAP_FAIL && n < TAP_FAILED_IDS_MAX)
		tap.failed[n] = result->id;
}

void tap_report(const struct tap_result *result)
{
	bool is_bad =
		result->kind == TAP_FAIL || result->kind == TAP_KNOWN || result->kind == TAP_ERROR;

	print("%sok %u - %s", is_bad ? "not " : "", ++tap.reported, result->id);
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
	if (is_bad)
		print_details(result);
	if (result->kind == TAP_CURED)
		print("# cured: %s no longer deviates; the profile says it does\n", result->id);
	remember_failure(result);
	tally_add(&tap.tally, result->id, result->kind == TAP_SKIP ? result->note : NULL);
	tap.count[result->kind]++;
	tap.ailing += result->kind == TAP_SKIP && result->is_for_ailment;
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
		print(" %s", tap.failed[i]);
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
