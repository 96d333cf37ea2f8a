/* SPDX-License-Identifier: MIT */
/* The plan where units have different stages, and what SVA needs of them. */
#include "tests/host/check.h"

#include "tests/host/bringup/bringup_check.h"

#define SVA	.pasids = BRINGUP_WANTED
#define MUST_SM .mode = BRINGUP_SCALABLE
#define LEGACY	.mode = BRINGUP_LEGACY
#define LEAVES	.leaves_untranslated = true
#define OK	BRINGUP_REASON_OK
#define R(name) BRINGUP_REASON_##name
#define SM(n)	"scalable mode, " n ", second stage, 48 bits, SVA off"

#define FIRST(n) "scalable mode, " n ", first stage, 47 bits, SVA off"
#define LACKS	 "lacks ECAP.SMTS (bit 43)), "

static const struct plan_row stages[] = {
	{ "sm-ssts+fsts", { 0 }, OK, FIRST("1 unit") },
	{ "sm+fsts", { 0 }, OK, FIRST("1 unit") },
	{ "sm+fsts,sm-ssts+fsts", { MUST_SM }, OK, FIRST("2 units") },
	{ "sm-ssts",
	  { 0 },
	  OK,
	  "legacy mode (unit 0 (20000000) lacks ECAP.SSTS (bit 46), ECAP.FSTS" },
	{ "sm+fsts+fs5lp+aw=57",
	  { 0 },
	  OK,
	  "scalable mode, 1 unit, first stage, 56 bits, SVA off" },
	/* the lower half of a first stage is too narrow: the second stage, where there is one */
	{ "sm+fsts", { .address_bits = 47 }, OK, FIRST("1 unit") },
	{ "sm+fsts", { .address_bits = 48 }, OK, SM("1 unit") },
	{ "sm+fsts", { .prefers_second_stage = true }, OK, SM("1 unit") },
	{ "sm-ssts+fsts", { .prefers_second_stage = true }, OK, FIRST("1 unit") },
	/* the second stage is preferred as far as it goes */
	{ "sm+fsts+SAGAW=2",
	  { .prefers_second_stage = true, .address_bits = 39 },
	  OK,
	  "scalable mode, 1 unit, second stage, 39 bits" },
	{ "sm+fsts+SAGAW=2",
	  { .prefers_second_stage = true, .address_bits = 40 },
	  OK,
	  FIRST("1 unit") },
	{ "sm-ssts+fsts",
	  { .address_bits = 48 },
	  R(TOO_NARROW),
	  "refused: unit 0 (20000000) has 47 bits where 48 are needed: too few address bits" },
	/* stages differ: one mode all the same, but perhaps no address space behind both */
	{ "sm-ssts+fsts,sm",
	  { MUST_SM },
	  OK,
	  "scalable mode, 2 units, first and second stage, 47 bits (units 0 and 1 have no tables "
	  "in common), SVA off" },
	{ "sm,sm-ssts+fsts",
	  { 0 },
	  OK,
	  "scalable mode, 2 units, second and first stage, 47 bits (units 0 and 1 have no tables "
	  "in common), SVA off" },
	{ "sm+fsts,sm",
	  { 0 },
	  OK,
	  "scalable mode, 2 units, first and second stage, 47 bits, SVA off" },
	{ "sm+fsts,sm+sagaw=2,sm-ssts+fsts",
	  { 0 },
	  OK,
	  "scalable mode, 3 units, first and second stage, 39 bits (units 1 and 2 have no tables "
	  "in common), SVA off" },
	/* legacy mode has the second stage only */
	{ "sm-ssts+fsts", { LEGACY }, OK, "legacy mode, 1 unit, second stage, 48 bits, SVA off" },
	{ "sm-ssts+fsts,legacy",
	  { 0 },
	  OK,
	  "legacy mode (unit 1 (20002000) " LACKS "2 units, second stage, 48 bits, SVA off" },
	{ "sm-ssts+fsts+sagaw=0", { 0 }, OK, FIRST("1 unit") },
	{ "sm-ssts+fsts+sagaw=0",
	  { LEGACY },
	  R(NO_TRANSLATION),
	  "refused: unit 0 (20000000) has no table depth (CAP.SAGAW, bits 12:8, is 0)" },
	{ "sm-ssts+fsts+sagaw=0,legacy",
	  { 0 },
	  R(NO_TRANSLATION),
	  "refused: unit 0 (20000000) has no table depth (CAP.SAGAW, bits 12:8, is 0)" },
	{ "sm-ssts+fsts+sagaw=0,legacy",
	  { LEAVES },
	  OK,
	  "legacy mode (unit 1 (20002000) " LACKS "2 units, 1 translating, second stage, 48 bits" },
	{ "sm-ssts+fsts,sm-smts", { MUST_SM }, R(NO_SCALABLE_MODE), "refused: unit 1" },
};

#define SVA_OFF(bits) "SVA off (unit 0 (20000000) lacks " bits ")"
#define FIRST_PASIDS(bits)                                                                \
	"scalable mode, 1 unit, first stage, " bits " bits, PASIDs 20 bits from our own " \
	"allocator, "

/* A process's tables are of the first stage, in the processor's caches, and of its own format. */
static const struct plan_row sva[] = {
	{ "sm+fsts", { SVA }, OK, FIRST_PASIDS("47") "SVA on" },
	{ "sm-ssts+fsts", { SVA }, OK, FIRST_PASIDS("47") "SVA on" },
	{ "sm+fsts-smpwcs", { SVA }, OK, FIRST_PASIDS("47") SVA_OFF("ECAP.SMPWCS (bit 48)") },
	{ "sm+fsts,sm-ssts+fsts-smpwcs",
	  { SVA },
	  OK,
	  "scalable mode, 2 units, first stage, 47 bits, PASIDs 20 bits from our own allocator, "
	  "SVA "
	  "off (unit 1 (20002000) lacks ECAP.SMPWCS (bit 48))" },
	{ "sm+fsts",
	  { SVA, .processor_has_5_levels = true },
	  OK,
	  FIRST_PASIDS("47") SVA_OFF("CAP.FS5LP (bit 60)") },
	{ "sm+fsts+fs5lp+aw=57",
	  { SVA, .processor_has_5_levels = true },
	  OK,
	  FIRST_PASIDS("56") "SVA on" },
	{ "sm+fsts-fs1gp",
	  { SVA, .processor_has_1g_pages = true },
	  OK,
	  FIRST_PASIDS("47") SVA_OFF("CAP.FS1GP (bit 56)") },
	{ "sm+fsts+fs1gp",
	  { SVA, .processor_has_1g_pages = true },
	  OK,
	  FIRST_PASIDS("47") "SVA on" },
	{ "sm+fsts-fs1gp", { SVA }, OK, FIRST_PASIDS("47") "SVA on" },
	/* devices of the second stage, for its width; processes have tables of their own */
	{ "sm+fsts",
	  { SVA, .address_bits = 48 },
	  OK,
	  "scalable mode, 1 unit, second stage, 48 bits, PASIDs 20 bits from our own allocator, "
	  "SVA "
	  "on" },
};

PLAN_TEST(stages)
PLAN_TEST(sva)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stages),
		cmocka_unit_test(test_sva),
	};

	world_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
