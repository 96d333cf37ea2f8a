/* SPDX-License-Identifier: MIT */
#include "tests/mixed/matrix.h"

#include "arch/page.h"
#include "arch/print.h"
#include "arch/string.h"
#include "arch/trap.h"
#include "iommu/spec/fault_reason.h"
#include "iommu/vcmd/vcmd.h"
#include "tests/engine/agents.h"
#include "tests/engine/platform.h"
#include "tests/engine/tap.h"
#include "tests/mixed/expected.h"
#include "tests/mixed/workshop.h"

enum { TOPOLOGIES_MAX = 64, NAME_COLUMN = 20, BAD_CELLS_MAX = 20 };

/* A pair, when it was run. */
struct cell {
	bool was_run;
	bool is_as_expected;
	bool broke_rules;
	enum outcome outcome;
};

static struct cell cells[TOPOLOGIES_MAX][STRATEGY_COUNT];

/* What is to stand below the table of those that are not as expected. */
static char bad_cells[BAD_CELLS_MAX][300];
static unsigned int bad_cell_count;

/* ---- which pairs there are ---- */

static bool exists(const struct mixed_topology *topology, unsigned int strategy)
{
	return !strategies[strategy].goes_down || topology->traits & GOES_DOWN;
}

static void make_name(char name[WORKSHOP_NAME_BYTES], unsigned int strategy, unsigned int topology)
{
	print_to(name, WORKSHOP_NAME_BYTES, "mixed.%s.%s", strategies[strategy].name,
		 mixed_topologies[topology].name);
}

/* Calls `visit` for every pair that the options select. Returns their number. */
static unsigned int for_each(const struct options *options,
			     void (*visit)(unsigned int strategy, unsigned int topology))
{
	char name[WORKSHOP_NAME_BYTES];
	unsigned int count = 0;

	for (unsigned int t = 0; t < mixed_topology_count; t++)
		for (unsigned int s = 0; s < STRATEGY_COUNT; s++) {
			make_name(name, s, t);
			if (!exists(&mixed_topologies[t], s) ||
			    !workshop_is_selected(options, name))
				continue;
			count++;
			if (visit)
				visit(s, t);
		}
	return count;
}

unsigned int matrix_count(const struct options *options)
{
	return for_each(options, NULL);
}

bool matrix_has(const char *pattern)
{
	char name[WORKSHOP_NAME_BYTES];

	for (unsigned int t = 0; t < mixed_topology_count; t++)
		for (unsigned int s = 0; s < STRATEGY_COUNT; s++) {
			make_name(name, s, t);
			if (exists(&mixed_topologies[t], s) && glob_match(pattern, name))
				return true;
		}
	return false;
}

/* ---- one pair ---- */

/* Why a real unit is not what the expectations of its rows are about; NULL if it is. */
static const char *unlike(const struct unit *unit, unsigned int number)
{
	const uint64_t needs = NEED(SMTS) | NEED(SSTS);
	const uint64_t unexpected = NEED(ESRTPS) | NEED(SAGAW57);
	uint64_t missing = caps_missing(&unit->caps, needs);
	uint64_t present = unexpected & ~caps_missing(&unit->caps, unexpected);
	static char text[120];
	char bits[80];

	if (!missing && !present)
		return NULL;
	caps_format_missing(missing ? missing : present, bits, sizeof(bits));
	print_to(text, sizeof(text), "unit %u %s %s", number, missing ? "lacks" : "has", bits);
	return text;
}

/* The unit of the rows with a real one; NULL if there is none. */
static struct unit *real_unit(void)
{
	const struct agent_job all_round = { .features = AGENT_BUFFER };

	for (unsigned int i = 0; i < platform.unit_count; i++) {
		struct unit *unit = &platform.units[i];

		if (unit->source == UNIT_REAL && agents_choose(unit, all_round))
			return unit;
	}
	return NULL;
}

/*
 * Virtual commands of the real unit: none; or such as the expectations of a first unit with VCMD are about;
 * else why not. The historical drivers know no other.
 */
enum real_vcmd { REAL_VCMD_NONE, REAL_VCMD_GIVES, REAL_VCMD_OTHER };

static enum real_vcmd vcmd_of(struct unit *unit)
{
	struct vcmd vcmd;

	if (!caps_has(&unit->caps, CAPABILITY_VCS))
		return REAL_VCMD_NONE;
	if (vcmd_probe(unit, VCMD_AUTO, &vcmd) != VCMD_OK)
		return vcmd.vccap ? REAL_VCMD_OTHER : REAL_VCMD_NONE;
	if (!vcmd_can_alloc(&vcmd))
		return REAL_VCMD_NONE;
	return vcmd.layout == &vcmd_layout_3_3 && vcmd_can_free(&vcmd) &&
			       caps_has(&unit->caps, CAPABILITY_PASID)
		       ? REAL_VCMD_GIVES
		       : REAL_VCMD_OTHER;
}

/* Why it cannot be run here; NULL if it can. */
static const char *obstacle(const struct mixed_topology *topology)
{
	struct unit *unit = real_unit();

	if (!(topology->traits & NEEDS_REAL_SCALABLE))
		return NULL;
	if (!unit)
		return "no real unit with a DMA agent behind it";
	if (vcmd_of(unit) == REAL_VCMD_OTHER)
		return "the real unit's VCMD is not of revision 3.3, or takes no PASIDs back";
	return unlike(unit, unit->index);
}

/* With what the real unit adds to it. */
static struct mixed_topology complete(unsigned int topology)
{
	struct mixed_topology whole = mixed_topologies[topology];

	if (whole.plan.has_real_unit && vcmd_of(real_unit()) == REAL_VCMD_GIVES)
		whole.traits |= VCMD_ON_FIRST;
	return whole;
}

static void describe(const struct verdict *verdict, char *text, size_t bytes)
{
	const struct fault_reason *reason = fault_reason_find(verdict->reason);

	if (verdict->outcome == MIXED_BLOCKED && reason)
		print_to(text, bytes, "BLOCKED (%s)", reason->label);
	else
		print_to(text, bytes, "%s", outcome_name(verdict->outcome));
	if (verdict->broke_rules)
		print_to(text + strlen(text), bytes - strlen(text), ", against the rules");
}

/* What a person should read below the result, for pairs that are not simply fine. */
static void explain(const struct expectation *expectation, const struct verdict *verdict)
{
	char text[60];

	if (verdict->outcome == MIXED_OK && !verdict->broke_rules)
		return;
	describe(verdict, text, sizeof(text));
	print("#   %s: %s\n#   because %s\n", text, verdict->words, expectation->why);
	if (expectation->change)
		print("#   to be changed: %s\n", expectation->change);
}

static void note_bad_cell(unsigned int strategy, unsigned int topology, const char *got,
			  const char *wanted, const char *differs)
{
	if (bad_cell_count < BAD_CELLS_MAX)
		print_to(bad_cells[bad_cell_count], sizeof(bad_cells[0]),
			 "%s on %s: %s, not %s: %s", strategies[strategy].name,
			 mixed_topologies[topology].name, got, wanted, differs);
	bad_cell_count++;
}

static void report(unsigned int strategy, unsigned int topology, const char *error,
		   const struct verdict *verdict)
{
	const struct mixed_topology whole = complete(topology);
	const struct expectation *expectation =
		expectation_of(&whole, (enum strategy_index)strategy);
	bool is_modelled = !mixed_topologies[topology].plan.has_real_unit;
	struct cell *cell = &cells[topology][strategy];
	char wanted[80], got[80], differs[400];
	struct tap_result result = {
		.kind = TAP_PASS,
		.unit = -1,
		.spec = expectation->why,
		.expected = wanted,
		.got = got,
		.differs = differs,
	};

	result.id = workshop_keep_name(strategies[strategy].name, mixed_topologies[topology].name);
	expectation_words(expectation, wanted, sizeof(wanted));
	if (expectation->breach == BREAKS_SOME)
		print_to(wanted + strlen(wanted), sizeof(wanted) - strlen(wanted),
			 ", against the rules");
	describe(verdict, got, sizeof(got));
	cell->was_run = true;
	cell->outcome = verdict->outcome;
	cell->broke_rules = verdict->broke_rules;
	cell->is_as_expected = !error && expectation_is_met(expectation, verdict, is_modelled);
	print_to(differs, sizeof(differs), "%s", error ? error : verdict->words);
	if (!cell->is_as_expected) {
		result.kind = TAP_FAIL;
		note_bad_cell(strategy, topology, got, wanted, differs);
	}
	tap_report(&result);
	if (!error && cell->is_as_expected)
		explain(expectation, verdict);
}

static void skip(unsigned int strategy, unsigned int topology, const char *why)
{
	struct tap_result result = { .kind = TAP_SKIP, .unit = -1, .note = why };

	result.id = workshop_keep_name(strategies[strategy].name, mixed_topologies[topology].name);
	tap_report(&result);
}

static void run_pair(unsigned int strategy, unsigned int topology)
{
	const char *why = obstacle(&mixed_topologies[topology]);
	struct verdict verdict = { .unit = RIG_NO_UNIT };
	const char *error;

	if (why) {
		skip(strategy, topology, why);
		return;
	}
	error = workshop_run(&mixed_topologies[topology].plan, &strategies[strategy], &verdict);
	report(strategy, topology, error, &verdict);
}

/* ---- the table ---- */

static bool was_any_run(unsigned int topology)
{
	for (unsigned int s = 0; s < STRATEGY_COUNT; s++)
		if (cells[topology][s].was_run)
			return true;
	return false;
}

/* One letter each, so that all strategies stand side by side in 80 columns; what is fine is hardly to be seen. */
static const char letters[MIXED_OUTCOMES] = {
	[MIXED_OK] = '.',    [MIXED_REFUSED] = 'r',	[MIXED_BLOCKED] = 'B',
	[MIXED_SPLIT] = 'S', [MIXED_MISDIRECTED] = 'M', [MIXED_LEAKED] = 'L',
};

static void print_cell(const struct cell *cell)
{
	if (!cell->was_run)
		print("   ");
	else
		print("%c%c%c", cell->is_as_expected ? ' ' : '!', letters[cell->outcome],
		      cell->broke_rules ? '*' : ' ');
}

static void print_row(unsigned int topology)
{
	print("# %-*s|", NAME_COLUMN, mixed_topologies[topology].name);
	for (unsigned int s = 0; s < STRATEGY_COUNT; s++) {
		print("%s", s == DOWNGRADE ? "|" : "");
		print_cell(&cells[topology][s]);
	}
	print("|\n");
}

static void print_numbers(void)
{
	print("#\n# %-*s|", NAME_COLUMN, "");
	for (unsigned int s = 0; s < STRATEGY_COUNT; s++)
		print("%s%2u ", s == DOWNGRADE ? "|" : "", s + 1);
	print("|\n");
}

static void print_legend(void)
{
	print("#\n# matrix: what DMA from a device behind every unit did\n"
	      "# .  OK           it reaches what was mapped for it, and nothing else\n"
	      "# r  REFUSED      an error, and every register as it was found\n"
	      "# B  BLOCKED      it does not reach what was mapped for it\n"
	      "# S  SPLIT        units in different modes, or PASIDs their VMM never gave\n"
	      "# M  MISDIRECTED  it ends in memory of somebody else\n"
	      "# L  LEAKED       it goes untranslated, or to memory that was taken away\n"
	      "# *  on the way the driver broke a rule whose breach is undefined\n"
	      "# !  not what the specification lets expect: a failed result\n#\n");
	for (unsigned int s = 0; s < STRATEGY_COUNT; s++)
		print("# %2u %s: %s\n", s + 1, strategies[s].name, strategies[s].what);
}

static void print_bad_cells(void)
{
	print("#\n");
	for (unsigned int i = 0; i < bad_cell_count && i < BAD_CELLS_MAX; i++)
		print("# ! %s\n", bad_cells[i]);
	if (bad_cell_count > BAD_CELLS_MAX)
		print("# ! and %u more\n", bad_cell_count - BAD_CELLS_MAX);
}

void matrix_run(const struct options *options)
{
	for_each(options, run_pair);
}

void matrix_print(void)
{
	bool is_empty = true;

	for (unsigned int t = 0; t < mixed_topology_count; t++)
		is_empty = is_empty && !was_any_run(t);
	if (is_empty)
		return;
	print_legend();
	print_numbers();
	for (unsigned int t = 0; t < mixed_topology_count; t++)
		if (was_any_run(t))
			print_row(t);
	print_bad_cells();
}
