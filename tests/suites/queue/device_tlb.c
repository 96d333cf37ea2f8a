/* SPDX-License-Identifier: MIT */
/*
 * Device-TLB invalidation: the device answers, stays silent, or answers what nobody asked.
 *
 * A device that caches translations is asked to forget them, and must say when it has: only then
 * may the page be used again. If it stays silent the unit sets ITE, names it in IQERCD, gives the
 * waits behind up and fetches no more; those must never look done, for the page may still be
 * written to. A completion nobody waits for sets ICE and hurts nothing. Hypervisors forgot these
 * invalidations altogether (pKVM-IA 84, 86) or never came back from one that was not answered
 * (ACRN 65ec6f3f3). How long a device may take is not ours to test: the model is told to be
 * silent.
 */
#include "tests/scenes/queue_test.h"
#include "tests/suites/suites.h"
#include "tests/units/modelled.h"

#define FSTS_BIT(field) ((uint32_t)FIELD_MASK(field))

/* Only a modelled device can be told how to answer. */
static struct endpoint *find_endpoint(struct test_run *run)
{
	if (modelled_of(run->unit))
		return run->agent->device;
	test_skip(run, "no device behind unit %u can be told to stay silent", run->unit->index);
	return NULL;
}

/* All of the agent's device TLB ("Device-TLB Invalidate Descriptor"). */
static struct descriptor whole_device_tlb(const struct agent *agent)
{
	struct descriptor d = { { INV_DEVTLB } };

	field_set(d.q, INV_DEVTLB_SID, agent->sid);
	field_set(d.q, INV_DEVTLB_S, 1);
	field_set_address(d.q, INV_DEVTLB_ADDR, UINT64_C(0x7ffffffffffff000));
	return d;
}

/* A descriptor of that kind, then a wait; FSTS afterwards. */
static uint32_t ask(struct test_run *run, struct endpoint *endpoint,
		    enum model_devtlb_answer answer, bool *is_done)
{
	endpoint->devtlb_answer = answer;
	*is_done = queue_run(run->unit, whole_device_tlb(run->agent)) == STATUS_OK;
	endpoint->devtlb_answer = MODEL_DEVTLB_DONE;
	return unit_read32(run->unit, REG_FSTS);
}

static void run_answered(struct test_run *run)
{
	struct endpoint *endpoint = find_endpoint(run);
	unsigned int before;
	bool is_done;

	if (!endpoint || !queue_test_open(run, TTM_LEGACY, false, 0))
		return;
	before = endpoint->devtlb_count;
	EXPECT_EQ(run, ask(run, endpoint, MODEL_DEVTLB_DONE, &is_done), 0);
	EXPECT(run, is_done);
	EXPECT_EQ(run, endpoint->devtlb_count, before + 1);
	EXPECT_EQ(run, endpoint->devtlb.sid, run->agent->sid);
}

/* The wait behind it is not done, ITE names the device, and after ITE is cleared all goes on. */
static void run_silent(struct test_run *run)
{
	struct endpoint *endpoint = find_endpoint(run);
	bool is_done;

	if (!endpoint || !queue_test_open(run, TTM_LEGACY, false, 0))
		return;
	EXPECT_EQ(run, ask(run, endpoint, MODEL_DEVTLB_TIMEOUT, &is_done), FSTS_BIT(FSTS_ITE));
	EXPECT(run, !is_done);
	EXPECT_EQ(run, reg_get(unit_read64(run->unit, REG_IQERCD), IQERCD_ITESID), run->agent->sid);
	unit_write32(run->unit, REG_FSTS, FSTS_BIT(FSTS_ITE));
	EXPECT_EQ(run, unit_read32(run->unit, REG_FSTS) & FSTS_BIT(FSTS_ITE), 0);
	queue_test_works(run, "after ITE is cleared");
}

/* ICE is set, the queue goes on. */
static void run_stray(struct test_run *run)
{
	struct endpoint *endpoint = find_endpoint(run);
	bool is_done;

	if (!endpoint || !queue_test_open(run, TTM_LEGACY, false, 0))
		return;
	EXPECT_EQ(run,
		  ask(run, endpoint, MODEL_DEVTLB_BAD_COMPLETION, &is_done) & FSTS_BIT(FSTS_ICE),
		  FSTS_BIT(FSTS_ICE));
	EXPECT_EQ(run, reg_get(unit_read64(run->unit, REG_IQERCD), IQERCD_ICESID), run->agent->sid);
	unit_write32(run->unit, REG_FSTS, FSTS_BIT(FSTS_ICE));
	EXPECT_EQ(run, unit_read32(run->unit, REG_FSTS), 0);
	queue_test_works(run, "after ICE is cleared");
}

static const struct test tests[] = {
	{ .id = "queue.device-tlb",
	  .title = "a device that answers: the wait behind is done",
	  .spec = "Device-TLB Invalidate Descriptor",
	  .needs = NEED(QI) | NEED(DT),
	  .run = run_answered },
	{ .id = "queue.device-tlb-silent",
	  .title = "a device that does not answer: ITE, and the wait is not done",
	  .spec = "Hardware Handling of Queued Invalidation Interface Errors",
	  .needs = NEED(QI) | NEED(DT),
	  .run = run_silent },
	{ .id = "queue.device-tlb-stray",
	  .title = "a completion nobody waits for: ICE, and the queue goes on",
	  .spec = "Hardware Handling of Queued Invalidation Interface Errors",
	  .needs = NEED(QI) | NEED(DT),
	  .run = run_stray },
};

const struct suite suite_device_tlb = SUITE("queue.device-tlb", tests);
