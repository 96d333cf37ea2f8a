/* SPDX-License-Identifier: MIT */
#include "tests/scenes/observation.h"

#include "arch/print.h"

static enum fault_type fault_type_of(const struct dma *dma)
{
	if (dma->kind == REQUEST_PAGE)
		return FAULT_PAGE_REQUEST;
	if (dma->is_atomic)
		return FAULT_ATOMIC;
	/* No title says what a translation request is; on the bus it is a read. */
	return dma->is_read || dma->kind == REQUEST_TRANSLATION ? FAULT_READ : FAULT_WRITE;
}

static uint8_t address_type_of(const struct dma *dma)
{
	if (dma->kind == REQUEST_TRANSLATION)
		return 1;
	return dma->kind == REQUEST_TRANSLATED ? 2 : 0;
}

/*
 * A test that asks each stage names the second stage's reason; where the tables in question are of a
 * first stage, the same condition has another.
 */
static uint8_t reason_in_stage(const struct test_run *run, uint8_t reason)
{
	static const uint8_t first[][2] = {
		{ FR_SSS_1, FR_SFS_1 }, { FR_SSS_2, FR_SFS_2 }, { FR_SSS_3, FR_SFS_3 },
		{ FR_SSS_4, FR_SFS_4 }, { FR_SGN_5, FR_SGN_1 },
	};
	bool asks_each = run->test->scene.stage != run->scene.stage;

	for (unsigned int i = 0; i < sizeof(first) / sizeof(first[0]); i++)
		if (asks_each && run->stage.table.stage == FIRST_STAGE && first[i][0] == reason)
			return first[i][1];
	return reason;
}

/*
 * A transfer of which the agent could not be told: what was blocked is the fetch of its command. Not where the test broke
 * entries of the window alone.
 */
static bool is_blocked_fetch(const struct test_run *run)
{
	const struct poke *poke = run->test->poke;
	bool is_shared = poke[0].at == AT_NOWHERE; /* else nothing is known of what a test does */

	if (!run->stage.agent->is_fetch_blocked)
		return false;
	for (unsigned int i = 0; i < POKES_MAX && poke[i].at != AT_NOWHERE; i++)
		is_shared |= stage_shares_mailbox(&run->stage, poke[i].at);
	return is_shared;
}

/* The record a fault of this DMA must leave ("Fault Recording Registers"). */
static struct fault expected_fault(const struct test_run *run, const struct dma *dma,
				   uint8_t reason)
{
	const struct stage *stage = &run->stage;
	unsigned int levels = caps_best_levels(&stage->unit->caps);
	uint64_t recorded_bits = (UINT64_C(1) << (12 + 9 * levels)) - 1;
	struct dma_address sent = dma_bus_address(stage, dma);
	const bool is_fetch = is_blocked_fetch(run);
	uint64_t address =
		(is_fetch ? stage->agent->fetch : sent.iova).value & ~(uint64_t)(PAGE_BYTES - 1);

	return (struct fault){
		.reason = reason_in_stage(run, reason),
		.type = is_fetch ? FAULT_READ : fault_type_of(dma),
		.address_type = address_type_of(dma),
		.sid = stage->agent->sid,
		.has_pasid = sent.has_pasid,
		.pasid = sent.pasid,
		.privileged = sent.privileged,
		.execute = sent.is_execute && dma->is_read,
		.address = address & recorded_bits,
	};
}

static enum landing landing_due(const struct outcome *expect)
{
	return expect->kind == OUTCOME_LANDS ? DMA_LANDED : DMA_NOWHERE;
}

static void describe(char *text, size_t size, const struct observation *seen)
{
	int used = print_to(text, size, "{ data: %s, faults: %u", landing_name(seen->landing),
			    seen->log.count);
	char fault[120];

	if (seen->log.count && used > 0 && (size_t)used < size) {
		fault_format(fault, sizeof(fault), &seen->log.faults[0]);
		used += print_to(text + used, size - (size_t)used, ", first: %s", fault);
	}
	if (used > 0 && (size_t)used < size)
		print_to(text + used, size - (size_t)used, " }");
}

void observation_describe(struct test_run *run, const struct dma *dma, const struct outcome *expect,
			  const struct observation *seen)
{
	struct observation wanted = { .landing = landing_due(expect) };

	if (expect->kind == OUTCOME_FAULTS) {
		wanted.log.count = 1;
		wanted.log.faults[0] = expected_fault(run, dma, expect->reason);
	}
	describe(run->expected, sizeof(run->expected), &wanted);
	describe(run->got, sizeof(run->got), seen);
}

struct difference observation_compare(const struct test_run *run, const struct dma *dma,
				      const struct outcome *expect, const struct observation *seen)
{
	struct difference difference = { "" };
	enum landing wanted = landing_due(expect);
	unsigned int faults = expect->kind == OUTCOME_FAULTS ? 1 : 0;

	if (seen->landing != wanted)
		difference_add(&difference, "data %s for %s", landing_name(seen->landing),
			       landing_name(wanted));
	if (seen->log.count != faults)
		difference_add(&difference, "%u faults for %u", seen->log.count, faults);
	if (seen->log.count && !faults)
		difference_add(&difference, "reason %02X", seen->log.faults[0].reason);
	if (seen->log.count && faults) {
		struct fault fault = expected_fault(run, dma, expect->reason);

		/* FI ends at the largest AGAW; where there is none, that is open. */
		if (!caps_best_levels(&run->unit->caps))
			fault.address = seen->log.faults[0].address;
		difference_of_faults(&difference, &seen->log.faults[0], &fault);
	}
	if (seen->log.overflow)
		difference_add(&difference, "overflow");
	return difference;
}

bool observation_judge(struct test_run *run, const struct dma *dma, const struct outcome *expect,
		       const struct observation *seen, const char *label)
{
	struct difference difference = observation_compare(run, dma, expect, seen);

	if (!difference.text[0])
		return true;
	if (!run->has_failed)
		observation_describe(run, dma, expect, seen);
	test_fail(run, "%s%s%s", label ? label : "", label ? ": " : "", difference.text);
	return false;
}

void observation_make(struct test_run *run, const struct dma *dma, struct observation *seen)
{
	seen->landing = DMA_NOWHERE;
	if (!dma->is_read)
		seen->landing = dma_write(&run->stage, dma);
	else if (!dma_read(&run->stage, dma))
		seen->landing = DMA_STUCK;
	fault_collect(run->unit, &seen->log);
}

void observation_finish(struct test_run *run, const struct dma *dma, struct observation *seen)
{
	if (dma->is_zero_length && seen->landing != DMA_STUCK)
		seen->landing = seen->log.count ? DMA_NOWHERE : DMA_LANDED;
	else if (dma->is_read && seen->landing != DMA_STUCK)
		seen->landing = dma_read_result(&run->stage, dma);
}
