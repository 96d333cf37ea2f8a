/* SPDX-License-Identifier: MIT */
/*
 * Invalidation of a device's own TLB, as it arrives there: whose, of which PASID, and how much.
 *
 * The size stands in the address: S, and ones below the lowest 0. A size that is computed in 32 bits
 * (QEMU 04eb6247eb) or one bit off leaves translations with the device that software believes gone,
 * and it goes on writing to pages of somebody else. A device that forgets asks again at once: so the
 * unit's own IOTLB must have been emptied before it is told, and what it gets then is the new one.
 */
#include "arch/print.h"
#include "iommu/unit/device_tlb.h"
#include "iommu/unit/invalidate.h"
#include "tests/engine/platform.h"
#include "tests/scenes/ats_test.h"
#include "tests/suites/suites.h"

#define PLAIN_SPEC "Device-TLB Invalidate Descriptor"
#define PASID_SPEC "PASID-based-Device-TLB Invalidate Descriptor"
#define ORDER_SPEC "Queued Invalidation Ordering Considerations"

enum { SMALLEST_SHIFT = 12, EVERYTHING_SHIFT = 64 };

/* The device's own reading of what it was sent: from the lowest 0 of the address up. */
static unsigned int shift_of(const struct model_devtlb_request *seen)
{
	unsigned int shift = SMALLEST_SHIFT;

	if (!seen->size)
		return shift;
	while (shift < 63 && seen->address >> shift & 1)
		shift++;
	return shift + 1;
}

static uint64_t base_of(const struct model_devtlb_request *seen)
{
	const unsigned int shift = shift_of(seen);

	return shift == EVERYTHING_SHIFT ? 0 : seen->address >> shift << shift;
}

static void compare(struct test_run *run, const char *label, const struct endpoint *device,
		    const struct device_tlb_invalidation *what)
{
	const struct model_devtlb_request *seen = &device->devtlb;

	if (seen->sid != what->sid)
		test_fail(run, "%s: to %x for %x", label, seen->sid, what->sid);
	if (seen->has_pasid != what->has_pasid)
		test_fail(run, "%s: %s PASID", label, seen->has_pasid ? "with" : "without");
	if (what->has_pasid && seen->global != what->all_pasids)
		test_fail(run, "%s: global is %u", label, seen->global);
	if (what->has_pasid && !what->all_pasids && seen->pasid != what->pasid)
		test_fail(run, "%s: PASID %x for %x", label, seen->pasid, what->pasid);
	if (shift_of(seen) != what->size_shift)
		test_fail(run, "%s: 2^%u bytes for 2^%u", label, shift_of(seen), what->size_shift);
	if (base_of(seen) != what->address.value)
		test_fail(run, "%s: from %llx for %llx", label, (unsigned long long)base_of(seen),
			  (unsigned long long)what->address.value);
}

static void reaches(struct test_run *run, const struct endpoint *device,
		    const struct device_tlb_invalidation *what, const char *label)
{
	const unsigned int before = device->devtlb_count;

	if (invalidate_device_tlb(run->unit, *what) != STATUS_OK) {
		test_fail(run, "%s: %s", label, unit_failure(run->unit));
		return;
	}
	if (device->devtlb_count != before + 1) {
		test_fail(run, "%s: the device was asked %u times", label,
			  device->devtlb_count - before);
		return;
	}
	compare(run, label, device, what);
}

static struct device_tlb_invalidation plain(const struct test_run *run)
{
	return (struct device_tlb_invalidation){
		.sid = run->agent->sid,
		.has_pasid = run->stage.scene.pasid != 0,
		.pasid = run->stage.scene.pasid,
		.size_shift = SMALLEST_SHIFT,
	};
}

/* ---- fields ---- */

/* Every size, at the lowest and at the highest address that has it. */
static void run_sizes(struct test_run *run)
{
	const struct ats_test *test = run->fixture;
	struct device_tlb_invalidation what = plain(run);
	char label[24];

	for (unsigned int shift = SMALLEST_SHIFT; shift <= EVERYTHING_SHIFT; shift++) {
		what.size_shift = shift;
		what.address = iova(0);
		print_to(label, sizeof(label), "2^%u", shift);
		reaches(run, test->endpoint, &what, label);
		what.address = iova(shift == EVERYTHING_SHIFT ? 0 : UINT64_MAX >> shift << shift);
		print_to(label, sizeof(label), "2^%u, highest", shift);
		reaches(run, test->endpoint, &what, label);
	}
}

static void run_addresses(struct test_run *run)
{
	const struct ats_test *test = run->fixture;
	struct device_tlb_invalidation what = plain(run);
	char label[24];

	for (unsigned int bit = SMALLEST_SHIFT; bit < 64; bit++) {
		what.address = iova(UINT64_C(1) << bit);
		print_to(label, sizeof(label), "bit %u", bit);
		reaches(run, test->endpoint, &what, label);
	}
}

/* Each device behind the unit by itself. */
static void run_devices(struct test_run *run)
{
	struct device_tlb_invalidation what = plain(run);
	struct agent *agent;

	for (unsigned int nth = 0; (agent = platform_agent(run->unit, nth)); nth++) {
		const struct endpoint *device = endpoint_of(agent);

		if (!device)
			continue;
		what.sid = agent->sid;
		reaches(run, device, &what, agent == run->agent ? "own" : "another");
	}
}

static void run_pasids(struct test_run *run)
{
	const struct ats_test *test = run->fixture;
	struct device_tlb_invalidation what = plain(run);
	char label[24];

	for (unsigned int bit = 0; bit < caps_pasid_bits(&run->unit->caps); bit++) {
		what.pasid = 1u << bit;
		print_to(label, sizeof(label), "PASID bit %u", bit);
		reaches(run, test->endpoint, &what, label);
	}
	what.pasid = 0;
	reaches(run, test->endpoint, &what, "PASID 0");
	what.all_pasids = true;
	reaches(run, test->endpoint, &what, "all PASIDs");
}

/* The number of requests a device can bear is a hint to the unit: it changes nothing of the request. */
static void run_pending_hint(struct test_run *run)
{
	const struct ats_test *test = run->fixture;
	const struct device_tlb_invalidation what = plain(run);

	for (unsigned int mip = 0; mip < 32 && !run->has_failed; mip++) {
		struct descriptor d = descriptor_device_tlb(run->unit, what);

		if (what.has_pasid)
			field_set(d.q, INV_PDEVTLB_MIP, mip);
		else
			field_set(d.q, INV_DEVTLB_MIP, mip);
		REQUIRE_OK(run, queue_run(run->unit, d));
		compare(run, "MIP", test->endpoint, &what);
	}
}

/* More of them at once than a device takes without pushing back (32): each arrives. */
static void run_many(struct test_run *run)
{
	enum { MANY = 40 };
	const struct ats_test *test = run->fixture;
	const unsigned int before = test->endpoint->devtlb_count;
	struct descriptor many[MANY];
	struct device_tlb_invalidation what = plain(run);

	for (unsigned int i = 0; i < MANY; i++) {
		what.address = iova((uint64_t)i << SMALLEST_SHIFT);
		many[i] = descriptor_device_tlb(run->unit, what);
	}
	queue_submit(run->unit, many, MANY);
	REQUIRE_OK(run, queue_wait(run->unit));
	EXPECT_EQ(run, test->endpoint->devtlb_count, before + MANY);
	EXPECT_EQ(run, test->endpoint->devtlb.address, what.address.value);
}

/* ---- order ---- */

/*
 * The mapping changes, the IOTLB is invalidated and the device told, in one go. It asks again as soon
 * as it is told: what it gets is the new page.
 */
static void run_order(struct test_run *run)
{
	struct ats_test *test = run->fixture;
	struct stage *stage = &run->stage;
	const struct model_request again = ats_test_request(run);
	const struct ats_due granted = { .read = true, .write = true };
	struct descriptor both[2] = {
		descriptor_iotlb(run->unit,
				 (struct iotlb_invalidation){
					 .granularity = GRANULARITY_DOMAIN,
					 .did = stage->did,
				 }),
		descriptor_device_tlb(run->unit, plain(run)),
	};

	if (!ats_test_expect(run, &again, &granted, "before the change"))
		return;
	stage_redirect(stage, 0, CANARY_GAP);
	test->endpoint->in_flight = &again;
	queue_submit(run->unit, both, 2);
	REQUIRE_OK(run, queue_wait(run->unit));
	EXPECT(run, !test->endpoint->in_flight);
	EXPECT(run, test->endpoint->in_flight_answer.completion == MODEL_SUCCESS);
	if (test->endpoint->in_flight_answer.phys != phys_of(stage->canary[CANARY_GAP]).value)
		test_fail(run, "the device, told to forget, is given the old page again");
}

/* ---- time-out ---- */

/*
 * One of two devices is silent. Neither wait behind it is done, and none of what follows is fetched until
 * ITE is cleared; then all goes on where it stopped.
 */
static void run_silent(struct test_run *run)
{
	static volatile uint32_t status[2];
	struct ats_test *test = run->fixture;
	struct unit *unit = run->unit;
	const uint32_t ite = (uint32_t)FIELD_MASK(FSTS_ITE);
	struct descriptor d[3] = { descriptor_device_tlb(unit, plain(run)) };
	unsigned int asked;

	for (unsigned int i = 0; i < 2; i++) {
		status[i] = 0;
		d[1 + i] = queue_wait_descriptor(unit, 1);
		field_set_address(d[1 + i].q, INV_WAIT_ADDR, phys_of((void *)&status[i]).value);
	}
	test->endpoint->devtlb_answer = MODEL_DEVTLB_TIMEOUT;
	queue_submit(unit, d, 3);
	REQUIRE_OK(run, unit_wait32(unit, "FSTS", REG_FSTS, ite, ite));
	EXPECT_EQ(run, status[0] | status[1], 0);
	test->endpoint->devtlb_answer = MODEL_DEVTLB_DONE;
	asked = test->endpoint->devtlb_count;
	queue_submit(unit, d, 1);
	EXPECT_EQ(run, test->endpoint->devtlb_count, asked);
	EXPECT_EQ(run, reg_get(unit_read64(unit, REG_IQERCD), IQERCD_ITESID), run->agent->sid);
	unit_write32(unit, REG_FSTS, ite);
	REQUIRE_OK(run, queue_wait(unit));
	EXPECT_EQ(run, unit_read32(unit, REG_FSTS) & ite, 0);
	EXPECT_EQ(run, test->endpoint->devtlb_count, asked + 1);
}

/* Nobody waits: that a device is silent shows all the same. */
static void run_silent_alone(struct test_run *run)
{
	const struct ats_test *test = run->fixture;
	const struct descriptor ask = descriptor_device_tlb(run->unit, plain(run));
	const uint32_t ite = (uint32_t)FIELD_MASK(FSTS_ITE);

	test->endpoint->devtlb_answer = MODEL_DEVTLB_TIMEOUT;
	queue_submit(run->unit, &ask, 1);
	REQUIRE_OK(run, unit_wait32(run->unit, "FSTS", REG_FSTS, ite, ite));
	test->endpoint->devtlb_answer = MODEL_DEVTLB_DONE;
	unit_write32(run->unit, REG_FSTS, ite);
	REQUIRE_OK(run, queue_wait(run->unit));
}

static const struct test tests[] = {
	ATS_LEGACY_TEST("invalidate-sizes-narrow",
			"QEMU 04eb6247eb: every size reaches the device, legacy mode", PLAIN_SPEC,
			run_sizes),
	ATS_TEST_ON(NEED(SMTS), ATS_ONE_SCENE, "invalidate-sizes",
		    "QEMU 04eb6247eb: every size reaches the device", PLAIN_SPEC, run_sizes),
	ATS_TEST_ON(NEED(SMTS) | NEED(PASID), ATS_ONE_PASID_SCENE, "invalidate-sizes-pasid",
		    "every size reaches the device, with PASID", PASID_SPEC, run_sizes),
	ATS_TEST_ON(NEED(SMTS), ATS_ONE_SCENE, "invalidate-addresses",
		    "each address bit reaches the device", PLAIN_SPEC, run_addresses),
	ATS_TEST_ON(NEED(SMTS) | NEED(PASID), ATS_ONE_PASID_SCENE, "invalidate-addresses-pasid",
		    "each address bit reaches the device, with PASID", PASID_SPEC, run_addresses),
	ATS_TEST_ON(NEED(SMTS), ATS_ONE_SCENE, "invalidate-devices",
		    "each device is asked by its source-id", PLAIN_SPEC, run_devices),
	ATS_TEST_ON(NEED(SMTS) | NEED(PASID), ATS_ONE_PASID_SCENE, "invalidate-devices-pasid",
		    "each device is asked by its source-id, with PASID", PASID_SPEC, run_devices),
	ATS_TEST_ON(NEED(SMTS) | NEED(PASID), ATS_ONE_PASID_SCENE, "invalidate-pasids",
		    "each PASID bit and GI reach the device", PASID_SPEC, run_pasids),
	ATS_TEST_ON(NEED(SMTS), ATS_ONE_SCENE, "invalidate-pending",
		    "any number of pending requests may be named", PLAIN_SPEC, run_pending_hint),
	ATS_TEST_ON(NEED(SMTS) | NEED(PASID), ATS_ONE_PASID_SCENE, "invalidate-pending-pasid",
		    "any number of pending requests may be named, with PASID", PASID_SPEC,
		    run_pending_hint),
	ATS_TEST_ON(NEED(SMTS), ATS_ONE_SCENE, "invalidate-many",
		    "more requests than a device takes at once all arrive",
		    "Handling of Device-TLB Invalidations", run_many),
	ATS_LEGACY_TEST("invalidate-order-legacy",
			"the IOTLB is empty when the device is told to forget", ORDER_SPEC,
			run_order),
	ATS_TEST("invalidate-order", "the IOTLB is empty when the device is told to forget",
		 ORDER_SPEC, run_order),
	ATS_PASID_TEST("invalidate-order-pasid",
		       "the IOTLB is empty when the device is told to forget, with PASID",
		       ORDER_SPEC, run_order),
	ATS_TEST_ON(NEED(SMTS), ATS_ONE_SCENE, "invalidate-silent",
		    "a device that stays silent: no wait is done, and nothing fetched",
		    "Hardware Handling of Queued Invalidation Interface Errors", run_silent),
	ATS_TEST_ON(NEED(SMTS), ATS_ONE_SCENE, "invalidate-silent-alone",
		    "a device that stays silent, and no wait behind it",
		    "Hardware Handling of Queued Invalidation Interface Errors", run_silent_alone),
	ATS_TEST_ON(NEED(SMTS) | NEED(PASID), ATS_ONE_PASID_SCENE, "invalidate-silent-pasid",
		    "the same with PASID",
		    "Hardware Handling of Queued Invalidation Interface Errors", run_silent),
};

const struct suite suite_device_tlb_messages = SUITE("ats", tests);
