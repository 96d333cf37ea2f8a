/* SPDX-License-Identifier: MIT */
/*
 * The report: TAP version 14 on the console, and the counts that make the verdict.
 */
#pragma once

#include <stdbool.h>

#include "arch/exit.h"
#include "tests/engine/tally.h"

enum tap_kind {
	TAP_PASS,
	TAP_FAIL,
	TAP_KNOWN, /* fails in exactly the way the profile says: "# TODO" */
	TAP_CURED, /* passes, though the profile says it fails */
	TAP_SKIP,
	TAP_ERROR, /* our own fault: "not ok", and "# ERROR" */
	TAP_KINDS,
};

struct tap_result {
	enum tap_kind kind;
	const char *id;
	int unit;	     /* -1: not about a unit */
	const char *stage;   /* of translation, if the test has results for several; else NULL */
	bool is_for_ailment; /* skipped because the unit is ill, which another test tells */
	const char *note;    /* why known, cured or skipped */
	const char *spec;    /* the rest: for failures, known ones too */
	const char *expected;
	const char *got;
	const char *differs;
};

enum { TAP_FAILED_IDS_MAX = 16, TAP_ID_BYTES = 64, TAP_DIFFERS_BYTES = 160 };

struct tap_failure {
	char id[TAP_ID_BYTES];
	int unit; /* -1: not about a unit */
	char differs[TAP_DIFFERS_BYTES];
};

/* All that has been told so far, as plain data. */
struct tap_memory {
	unsigned int planned, reported, ailing;
	unsigned int count[TAP_KINDS];
	struct tap_failure failed[TAP_FAILED_IDS_MAX]; /* the first ones */
	struct tally tally;
};

const struct tap_memory *tap_told(void);
void tap_restore(const struct tap_memory *memory);

/* "TAP version 14" */
void tap_begin(void);

/* Tells known deviations in full, not just in what they differ. */
void tap_be_verbose(void);

/* How many results will come. */
void tap_plan(unsigned int count);

/*
 * A test is about to run: a line of six characters, so that a machine which does not come back from it names it, and not the
 * one before. tests/judge/Mark.pm makes the same of an id.
 */
void tap_announce(const char *id);

/* One result; numbered here. */
void tap_report(const struct tap_result *result);

/* What was tested and what was not: tests/engine/tally.h. */
void tap_print_tally(void);

/* The verdict so far, by the counts. */
enum exit_code tap_verdict(void);

/* The verdict line, the end line with the CRC, and the end of the run. */
_Noreturn void tap_end(enum exit_code code);

/* "Bail out!", verdict and end line: the run cannot be made at all. */
_Noreturn void tap_bail_out(enum exit_code code, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
