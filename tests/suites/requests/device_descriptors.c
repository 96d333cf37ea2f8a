/* SPDX-License-Identifier: MIT */
/*
 * The descriptors that make a unit talk to devices: invalidations of their TLBs and answers to their
 * page requests. Here it is about the queue alone, whether such a device is there or not: each field
 * may hold anything, each reserved bit must be refused.
 *
 * A device that is not there need not answer, and then the unit may give it up (ITE): that the descriptor
 * was good is all that is asked. On hardware that can take a minute, so good ones are put into the
 * queue of virtual units only. QEMU took every reserved bit of the upper half (096d96e7be) and of
 * these types once; OpenVMM warns and goes on.
 */
#include "arch/print.h"
#include "arch/string.h"
#include "iommu/unit/page_request.h"
#include "tests/engine/platform.h"
#include "tests/scenes/bit_ranges.h"
#include "tests/scenes/queue_test.h"
#include "tests/suites/suites.h"

#define PLAIN_SPEC    "Device-TLB Invalidate Descriptor"
#define PASID_SPEC    "PASID-based-Device-TLB Invalidate Descriptor"
#define RESPONSE_SPEC "Page Group Response Descriptor"

/* Where it stands: the mode of the tables, and the width of a descriptor. */
enum where { IN_NARROW, IN_WIDE, IN_SCALABLE };

struct device_descriptor {
	unsigned int type;
	enum where where;
	uint64_t fields[2];   /* bits that may be set, beside the type */
	uint64_t reserved[4]; /* bits that must not be */
	uint64_t throttling;  /* of the first word: a field with ECAP.DIT, reserved without */
};

static bool open_queue(struct test_run *run, enum where where)
{
	return queue_test_open(run, where == IN_SCALABLE ? TTM_SCALABLE : TTM_LEGACY,
			       where != IN_NARROW, 0);
}

static struct descriptor bare(const struct device_descriptor *what)
{
	struct descriptor descriptor = { { what->type } };

	return descriptor;
}

static bool throttles(const struct test_run *run)
{
	return caps_has(&run->unit->caps, CAPABILITY_DIT);
}

/* A descriptor that is good must not be refused; true if the queue goes on. */
static bool note_if_refused(struct test_run *run, const struct descriptor *descriptor,
			    uint64_t *refused, unsigned int bit)
{
	struct queue_answer answer;

	if (!queue_test_ask(run, descriptor, &answer))
		return false;
	if (!answer.is_accepted)
		refused[bit / 64] |= UINT64_C(1) << bit % 64;
	return true;
}

/* Each bit of a field alone, and all of them. */
LINKED_RUN(run_fields, struct device_descriptor, what)
{
	const uint64_t low = what->fields[0] | (throttles(run) ? what->throttling : 0);
	const uint64_t fields[2] = { low, what->fields[1] };
	struct descriptor all = bare(what);
	uint64_t refused[2] = { 0 };
	char text[160];

	if (run->unit->source == UNIT_REAL && !platform_is_virtual()) {
		test_skip(run, "a device that is not there keeps unit %u waiting",
			  run->unit->index);
		return;
	}
	if (!open_queue(run, what->where))
		return;
	for (unsigned int bit = 0; bit < 128; bit++) {
		struct descriptor one = bare(what);

		if (!(fields[bit / 64] >> bit % 64 & 1))
			continue;
		one.q[bit / 64] |= UINT64_C(1) << bit % 64;
		if (!note_if_refused(run, &one, refused, bit))
			return;
	}
	bit_ranges_format(text, sizeof(text), refused, 2);
	if (text[0])
		test_fail(run, "bits %s: refused", text);
	all.q[0] |= fields[0];
	all.q[1] |= fields[1];
	queue_test_accepted(run, &all, "all fields");
}

LINKED_RUN(run_reserved, struct device_descriptor, what)
{
	const struct descriptor base = bare(what);
	uint64_t words[4];

	memcpy(words, what->reserved, sizeof(words));
	if (!throttles(run))
		words[0] |= what->throttling;
	if (open_queue(run, what->where))
		queue_test_each_bit(run, &base, words);
}

/* ---- the page request queue, with no device that asks ---- */

/* At every size: the registers are as they were set up, and nothing comes out of it. */
static void run_at_rest(struct test_run *run)
{
	const uint64_t mask = FIELD_MASK(PQA_PQA) | FIELD_MASK(PQA_PQS);
	struct unit *unit = run->unit;
	struct page_request request;

	for (unsigned int size = 0; size <= field_max(FIELD(PQA_PQS)); size++) {
		REQUIRE_OK(run, page_queue_enable(unit, size));
		EXPECT_EQ(run, unit_read64(unit, REG_PQA) & mask,
			  phys_of(unit->page_queue.ring).value | size);
		EXPECT_EQ(run, unit_read64(unit, REG_PQH), 0);
		EXPECT_EQ(run, unit_read64(unit, REG_PQT), 0);
		EXPECT_EQ(run, unit_read32(unit, REG_PRS), 0);
		EXPECT(run, !page_queue_take(unit, &request));
		page_queue_disable(unit);
	}
}

#define UPPER_HALF UINT64_MAX, UINT64_MAX

/* Type 3 */
#define PLAIN_FIELDS                                                               \
	.type = INV_DEVTLB, .throttling = FIELD_MASK(15, 12) | FIELD_MASK(63, 52), \
	.fields = { FIELD_MASK(20, 16) | FIELD_MASK(47, 32),                       \
		    FIELD_MASK(64, 64) | FIELD_MASK(127, 76) }
#define PLAIN_RESERVED \
	FIELD_MASK(8, 4) | FIELD_MASK(31, 21) | FIELD_MASK(51, 48), FIELD_MASK(75, 65)

/* Type 8 */
#define PASID_FIELDS                                                                \
	.type = INV_PDEVTLB, .throttling = FIELD_MASK(15, 12) | FIELD_MASK(63, 52), \
	.fields = { FIELD_MASK(8, 4) | FIELD_MASK(31, 16) | FIELD_MASK(51, 32),     \
		    FIELD_MASK(64, 64) | FIELD_MASK(75, 75) | FIELD_MASK(127, 76) }

/* Type 9; bit 66 is ignored */
#define RESPONSE_FIELDS                                                                  \
	.type = INV_PGRESP, .fields = { FIELD_MASK(4, 4) | FIELD_MASK(15, 12) |          \
						FIELD_MASK(31, 16) | FIELD_MASK(51, 32), \
					FIELD_MASK(66, 66) | FIELD_MASK(75, 67) }

#define DEVICE_TEST(name, what, where, bits, ...)                                          \
	{                                                                                  \
		.id = name, .title = (what), .spec = (where), .flags = TEST_WITHOUT_AGENT, \
		.needs = NEED(QI) | (bits), .run = __VA_ARGS__                             \
	}

static const struct test tests[] = {
	DEVICE_TEST("ats.fields-narrow", "each field of a device-TLB invalidation, 128 bits",
		    PLAIN_SPEC, NEED(DT), LINKED(run_fields, .where = IN_NARROW, PLAIN_FIELDS)),
	DEVICE_TEST("ats.fields-wide", "each field of a device-TLB invalidation, 256 bits",
		    PLAIN_SPEC, NEED(DT) | NEED(SMTS),
		    LINKED(run_fields, .where = IN_WIDE, PLAIN_FIELDS)),
	DEVICE_TEST("ats.fields-scalable", "each field of a device-TLB invalidation, scalable mode",
		    PLAIN_SPEC, NEED(DT) | NEED(SMTS),
		    LINKED(run_fields, .where = IN_SCALABLE, PLAIN_FIELDS)),
	DEVICE_TEST("ats.fields-pasid", "each field of a PASID-based device-TLB invalidation",
		    PASID_SPEC, NEED(DT) | NEED(SMTS),
		    LINKED(run_fields, .where = IN_SCALABLE, PASID_FIELDS)),
	DEVICE_TEST("prq.fields-response", "each field of a page group response", RESPONSE_SPEC,
		    NEED(PRS) | NEED(SMTS),
		    LINKED(run_fields, .where = IN_SCALABLE, RESPONSE_FIELDS)),
	DEVICE_TEST("prq.at-rest", "a page request queue of each size, which stays empty",
		    "Page Request Queue Interface", NEED(PRS), run_at_rest),
	DEVICE_TEST("ats.reserved-narrow",
		    "each reserved bit of a device-TLB invalidation, 128 bits", PLAIN_SPEC,
		    NEED(DT),
		    LINKED(run_reserved, .where = IN_NARROW, PLAIN_FIELDS,
			   .reserved = { PLAIN_RESERVED })),
	DEVICE_TEST("ats.reserved-wide", "each reserved bit of a device-TLB invalidation, 256 bits",
		    PLAIN_SPEC, NEED(DT) | NEED(SMTS),
		    LINKED(run_reserved, .where = IN_WIDE, PLAIN_FIELDS,
			   .reserved = { PLAIN_RESERVED })),
	DEVICE_TEST("ats.upper-wide", "bits 255:128 of a device-TLB invalidation are reserved",
		    "Queued Invalidation Interface", NEED(DT) | NEED(SMTS),
		    LINKED(run_reserved, .where = IN_WIDE, .type = INV_DEVTLB,
			   .reserved = { 0, 0, UPPER_HALF })),
	DEVICE_TEST("ats.reserved-scalable",
		    "each reserved bit of a device-TLB invalidation, scalable mode", PLAIN_SPEC,
		    NEED(DT) | NEED(SMTS),
		    LINKED(run_reserved, .where = IN_SCALABLE, PLAIN_FIELDS,
			   .reserved = { PLAIN_RESERVED, UPPER_HALF })),
	DEVICE_TEST("ats.reserved-pasid",
		    "each reserved bit of a PASID-based device-TLB invalidation", PASID_SPEC,
		    NEED(DT) | NEED(SMTS),
		    LINKED(run_reserved, .where = IN_SCALABLE, PASID_FIELDS,
			   .reserved = { 0, FIELD_MASK(74, 65), UPPER_HALF })),
	DEVICE_TEST("prq.reserved-response", "each reserved bit of a page group response",
		    RESPONSE_SPEC, NEED(PRS) | NEED(SMTS),
		    LINKED(run_reserved, .where = IN_SCALABLE, RESPONSE_FIELDS,
			   .reserved = { FIELD_MASK(8, 5) | FIELD_MASK(63, 52),
					 FIELD_MASK(65, 64) | FIELD_MASK(127, 76), UPPER_HALF })),
};

const struct suite suite_device_descriptors = SUITE("device descriptors", tests);
