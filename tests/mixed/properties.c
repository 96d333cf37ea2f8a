/* SPDX-License-Identifier: MIT */
#include "tests/mixed/properties.h"

#include "arch/print.h"
#include "tests/engine/tap.h"
#include "tests/mixed/generate.h"
#include "tests/mixed/workshop.h"

enum { CASE_COUNT = 300, DEFAULT_SEED = 1 };

struct example {
	struct generated generated;
	struct verdict verdict;
	const struct driver *driver;
};

/* DMA reaches what the plan says, or nothing was touched. */
static bool is_harmless(const struct example *example)
{
	return example->verdict.outcome == MIXED_OK || example->verdict.outcome == MIXED_REFUSED;
}

/* Judged by registers and DMA: MIXED_REFUSED is only that. */
static bool leaves_as_found(const struct example *example)
{
	if (!example->driver->has_refused)
		return true;
	return example->verdict.outcome == MIXED_REFUSED &&
	       (!example->driver->plan.refusal.reason || !example->driver->writes_of_commit);
}

static bool does_as_asked(const struct example *example)
{
	const struct bringup_request *request = &example->generated.request;
	const struct bringup_plan *plan = &example->driver->plan;

	if (example->driver->has_refused)
		return true;
	if (request->mode != BRINGUP_ANY &&
	    plan->format.scalable != (request->mode == BRINGUP_SCALABLE))
		return false;
	if (request->pasid_bits && plan->pasid_bits > request->pasid_bits)
		return false;
	return !(request->pasids == BRINGUP_REQUIRED &&
		 !example->driver->bringup.result.has_pasids) &&
	       !(request->pasids == BRINGUP_OFF && plan->pasids != PASIDS_NONE) &&
	       !(request->pass_through == BRINGUP_REQUIRED && !plan->pass_through) &&
	       !(request->interrupt_remapping == BRINGUP_REQUIRED && !plan->interrupt_remapping) &&
	       plan->address_bits >= request->address_bits;
}

static bool is_not_too_strict(const struct example *example)
{
	return !example->generated.must_succeed || !example->driver->has_refused;
}

static bool names_a_reason(const struct example *example)
{
	return !example->driver->has_refused || example->driver->reason ||
	       example->driver->words[0];
}

static bool writes_late(const struct example *example)
{
	return !example->driver->writes_before_decision;
}

static const struct property {
	const char *name;
	const char *meaning;
	bool (*holds)(const struct example *example);
} properties[] = {
	{ "harmless", "never BLOCKED, SPLIT, MISDIRECTED or LEAKED: plan and DMA agree",
	  is_harmless },
	{ "as-found", "what is refused leaves every register and all DMA as they were",
	  leaves_as_found },
	{ "as-asked", "a committed plan is what was asked for", does_as_asked },
	{ "not-too-strict", "nothing is refused that nothing is wrong with", is_not_too_strict },
	{ "named", "every refusal has a reason and words", names_a_reason },
	{ "writes-late", "no register is written before the decision", writes_late },
};

enum { PROPERTY_COUNT = sizeof(properties) / sizeof(properties[0]) };

static char first_breach[PROPERTY_COUNT][700];
static unsigned int breach_count[PROPERTY_COUNT];

static void make_name(char name[WORKSHOP_NAME_BYTES], unsigned int property)
{
	print_to(name, WORKSHOP_NAME_BYTES, "mixed.property.%s", properties[property].name);
}

static bool is_selected(const struct options *options, unsigned int property)
{
	char name[WORKSHOP_NAME_BYTES];

	make_name(name, property);
	return workshop_is_selected(options, name);
}

unsigned int properties_count(const struct options *options)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < PROPERTY_COUNT; i++)
		count += is_selected(options, i);
	return count;
}

bool properties_has(const char *pattern)
{
	char name[WORKSHOP_NAME_BYTES];

	for (unsigned int i = 0; i < PROPERTY_COUNT; i++) {
		make_name(name, i);
		if (glob_match(pattern, name))
			return true;
	}
	return false;
}

static void check(const struct example *example, unsigned int number, const char *error)
{
	char words[650];

	for (unsigned int i = 0; i < PROPERTY_COUNT; i++) {
		if (!error && properties[i].holds(example))
			continue;
		if (breach_count[i]++)
			continue;
		generated_words(&example->generated, words, sizeof(words));
		print_to(first_breach[i], sizeof(first_breach[i]), "case %u: %s", number, words);
		print("# case %u: %s: %s: %s; %s\n", number, properties[i].name,
		      error ? error : outcome_name(example->verdict.outcome),
		      error ? "" : example->verdict.words, example->driver->words);
	}
}

static void report(unsigned int property, uint64_t seed)
{
	char wanted[60], got[60];
	struct tap_result result = {
		.kind = breach_count[property] ? TAP_FAIL : TAP_PASS,
		.id = workshop_keep_name("property", properties[property].name),
		.unit = -1,
		.spec = properties[property].meaning,
		.expected = wanted,
		.got = got,
		.differs = first_breach[property],
	};

	print_to(wanted, sizeof(wanted), "%u cases, seed=%llu", CASE_COUNT,
		 (unsigned long long)seed);
	print_to(got, sizeof(got), "%u of them do not", breach_count[property]);
	tap_report(&result);
}

void properties_run(const struct options *options)
{
	static struct example example;
	uint64_t seed = options->has_seed ? options->seed : DEFAULT_SEED;
	unsigned int outcomes[MIXED_OUTCOMES] = { 0 };

	if (!properties_count(options))
		return;
	example.driver = workshop_driver();
	for (unsigned int i = 0; i < CASE_COUNT; i++) {
		const char *error;

		generate_case(&example.generated, seed, i);
		error = workshop_run_request(&example.generated.plan, &example.generated.request,
					     &example.verdict);
		check(&example, i, error);
		outcomes[example.verdict.outcome]++;
	}
	print("# properties: %u cases of seed=%llu: %u OK, %u REFUSED\n", CASE_COUNT,
	      (unsigned long long)seed, outcomes[MIXED_OK], outcomes[MIXED_REFUSED]);
	for (unsigned int i = 0; i < PROPERTY_COUNT; i++)
		if (is_selected(options, i))
			report(i, seed);
}
