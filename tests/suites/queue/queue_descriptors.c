/* SPDX-License-Identifier: MIT */
/*
 * Which descriptors a unit takes from its invalidation queue: every type in every mode, every
 * reserved bit, every granularity. Good ones are taken, bad ones stop the queue with FSTS.IQE; a
 * good one follows each bad one.
 *
 * A unit that takes what it does not know says "done" about an invalidation it has not made, and
 * stale translations live on. Emulators read four of the seven bits of a type (QEMU 663168943d),
 * took 256-bit types from a narrow ring (8e761fb61c), those of scalable mode in legacy mode
 * (3b52cea829), and never looked at the upper half of a wide descriptor (096d96e7be). Left out is
 * what the specification leaves open: a page-selective invalidation with AM above CAP.MAMV, or
 * with an address or an index that is not aligned to its mask, is wrong, but no error is stated
 * for it in the queue, and so neither answer of a unit is.
 */
#include "arch/print.h"
#include "arch/string.h"
#include "iommu/unit/invalidate.h"
#include "tests/scenes/bit_ranges.h"
#include "tests/scenes/queue_test.h"
#include "tests/suites/suites.h"

#define TYPE_SPEC "List of Valid Descriptor Types for Each Mode"

/*
 * A reserved granularity or a type without its capability is just called an invalid descriptor: a unit
 * may see a reserved field in it, or a type that it does not know. Either code will do.
 */
#define IQEI_EITHER (IQEI_SET(IQEI_TYPE) | IQEI_SET(IQEI_RESERVED))

enum { TYPE_COUNT = 128 };

static struct descriptor of_type(unsigned int type)
{
	struct descriptor descriptor = { { 0 } };

	field_set(descriptor.q, INV_TYPE_LOW, type & 15);
	field_set(descriptor.q, INV_TYPE_HIGH, type >> 4);
	return descriptor;
}

/* The three queues there are: by the mode of the tables, and by the width of a descriptor. */
enum queue_kind { NARROW, WIDE, SCALABLE };

static bool open_queue(struct test_run *run, enum queue_kind kind)
{
	return queue_test_open(run, kind == SCALABLE ? TTM_SCALABLE : TTM_LEGACY, kind != NARROW,
			       0);
}

/* A valid descriptor of each kind, as broad as it can be: harmless at any time. */
typedef struct descriptor make_good(struct unit *unit);

static struct descriptor good_context(struct unit *unit)
{
	(void)unit;
	return descriptor_context_cache(
		(struct context_invalidation){ .granularity = GRANULARITY_GLOBAL });
}

static struct descriptor good_iotlb(struct unit *unit)
{
	return descriptor_iotlb(unit,
				(struct iotlb_invalidation){ .granularity = GRANULARITY_GLOBAL });
}

static struct descriptor good_interrupts(struct unit *unit)
{
	(void)unit;
	return of_type(INV_IEC);
}

static struct descriptor good_wait(struct unit *unit)
{
	return queue_wait_descriptor(unit, 0);
}

static struct descriptor good_pasid_cache(struct unit *unit)
{
	(void)unit;
	return descriptor_pasid_cache((struct pasid_invalidation){ .granularity = PC_GLOBAL });
}

static struct descriptor good_pasid_iotlb(struct unit *unit)
{
	(void)unit;
	return descriptor_pasid_iotlb(
		(struct pasid_invalidation){ .granularity = PIOTLB_PASID, .did = 1 });
}

/* Good ones of every type that needs no device. */
static void run_valid(struct test_run *run)
{
	const enum queue_kind kind = run->test->arg;
	struct unit *unit = run->unit;
	struct descriptor context = good_context(unit), iotlb = good_iotlb(unit);
	struct descriptor interrupts = good_interrupts(unit);
	struct descriptor pasids = good_pasid_cache(unit), pasid_iotlb = good_pasid_iotlb(unit);

	if (!open_queue(run, kind))
		return;
	queue_test_accepted(run, &context, "context-cache");
	queue_test_accepted(run, &iotlb, "IOTLB");
	field_set(iotlb.q, INV_IOTLB_DW, 0);
	field_set(iotlb.q, INV_IOTLB_DR, 0);
	queue_test_accepted(run, &iotlb, "IOTLB, without draining");
	if (caps_has(&unit->caps, CAPABILITY_IR))
		queue_test_accepted(run, &interrupts, "interrupt entry cache");
	if (kind != SCALABLE)
		return;
	queue_test_accepted(run, &pasids, "PASID-cache");
	queue_test_accepted(run, &pasid_iotlb, "PASID-based IOTLB");
}

/* Fields that count for another granularity only hold what they like. */
static void ignored_fields(struct test_run *run)
{
	struct descriptor iotlb = good_iotlb(run->unit);
	struct descriptor wait = { { INV_WAIT } };

	field_set(iotlb.q, INV_IOTLB_DID, 0xffff);
	field_set(iotlb.q, INV_IOTLB_AM, 0x3f);
	field_set(iotlb.q, INV_IOTLB_IH, 1);
	field_set(iotlb.q, INV_IOTLB_ADDR, FIELD_MASK(51, 0));
	field_set(wait.q, INV_WAIT_IF, 1);
	field_set(wait.q, INV_WAIT_DATA, UINT32_MAX);
	field_set(wait.q, INV_WAIT_ADDR, FIELD_MASK(61, 0));
	if (!queue_test_open(run, TTM_LEGACY, false, 0))
		return;
	queue_test_accepted(run, &iotlb, "global IOTLB invalidation");
	queue_test_accepted(run, &wait, "wait without SW");
}

/*
 * Every address mask up to CAP.MAMV, at the first address but 0 that is aligned to it. Beyond MAMV
 * nothing is asked: software must not go there, and no error is due if it does.
 */
static void address_masks(struct test_run *run)
{
	unsigned int largest = caps_max_address_mask(&run->unit->caps);

	if (!queue_test_open(run, TTM_LEGACY, false, 0))
		return;
	for (uint8_t am = 0; am <= largest; am++) {
		uint64_t address = am + 12 < 64 ? UINT64_C(1) << (am + 12) : 0;
		struct descriptor descriptor =
			descriptor_iotlb(run->unit, (struct iotlb_invalidation){
							    .granularity = GRANULARITY_SPECIFIC,
							    .did = 1,
							    .address = iova(address),
							    .address_mask = am,
							    .leaf_only = am % 2,
						    });
		char label[16];

		print_to(label, sizeof(label), "AM %u", am);
		queue_test_accepted(run, &descriptor, label);
	}
}

/* Every index mask up to ECAP.MHMV, with an index aligned to it. */
static void index_masks(struct test_run *run)
{
	if (!queue_test_open(run, TTM_LEGACY, false, 0))
		return;
	for (unsigned int im = 0; im <= caps_max_handle_mask(&run->unit->caps); im++) {
		struct descriptor descriptor = of_type(INV_IEC);
		char label[16];

		field_set(descriptor.q, INV_IEC_G, 1);
		field_set(descriptor.q, INV_IEC_IM, im);
		field_set(descriptor.q, INV_IEC_IIDX, 1u << im & 0xffff);
		print_to(label, sizeof(label), "IM %u", im);
		queue_test_accepted(run, &descriptor, label);
	}
}

/* By device with every function mask, and by domain. */
static void context_granularities(struct test_run *run)
{
	if (!queue_test_open(run, TTM_LEGACY, false, 0))
		return;
	for (unsigned int i = 0; i < 5; i++) {
		struct descriptor descriptor =
			descriptor_context_cache((struct context_invalidation){
				.granularity = i < 4 ? GRANULARITY_SPECIFIC : GRANULARITY_DOMAIN,
				.did = 1,
				.sid = i < 4 ? 0x0108 : 0,
				.function_mask = (uint8_t)(i % 4),
			});
		char label[16];

		print_to(label, sizeof(label), i < 4 ? "FM %u" : "domain", i);
		queue_test_accepted(run, &descriptor, label);
	}
}

/* Domain-id bits above the width that CAP.ND gives are ignored. */
static void wide_domains(struct test_run *run)
{
	struct descriptor iotlb = descriptor_iotlb(
		run->unit,
		(struct iotlb_invalidation){ .granularity = GRANULARITY_DOMAIN, .did = 0xffff });

	if (caps_domain_count(&run->unit->caps) >= 0x10000)
		test_skip(run, "unit %u has domain-ids of 16 bits", run->unit->index);
	else if (queue_test_open(run, TTM_LEGACY, false, 0))
		queue_test_accepted(run, &iotlb, NULL);
}

/* All types but those of a set, which are another matter. */
struct bad_types {
	enum queue_kind kind;
	uint64_t except[2];
};

LINKED_RUN(run_bad_types, struct bad_types, types)
{
	uint64_t accepted[2] = { 0 }, wrong[2] = { 0 };
	char text[160];

	if (!open_queue(run, types->kind))
		return;
	for (unsigned int type = 0; type < TYPE_COUNT; type++) {
		uint64_t *list = accepted;
		struct descriptor descriptor = of_type(type);
		struct queue_answer answer;

		if (types->except[type / 64] >> type % 64 & 1)
			continue;
		if (!queue_test_ask(run, &descriptor, &answer))
			return;
		if (answer.is_refused && !answer.head_moved &&
		    (!answer.iqei || answer.iqei == IQEI_TYPE))
			continue;
		if (!answer.is_accepted)
			list = wrong;
		list[type / 64] |= UINT64_C(1) << type % 64;
	}
	bit_ranges_format(text, sizeof(text), accepted, 2);
	if (text[0])
		test_fail(run, "types %s: accepted", text);
	bit_ranges_format(text, sizeof(text), wrong, 2);
	if (text[0])
		test_fail(run, "types %s: not IQE, IQEI 3, IQH at the descriptor", text);
}

/* The numbers somebody defined: 1 to 10. */
#define DEFINED_TYPES                \
	{                            \
		FIELD_MASK(10, 1), 0 \
	}

/* All but those of scalable mode, which a queue in legacy mode must refuse. */
#define NO_SCALABLE_TYPES                        \
	{                                        \
		~FIELD_MASK(10, 6), ~UINT64_C(0) \
	}

/* A type whose capability is missing. */
struct missing_type {
	enum queue_kind kind;
	unsigned int type;
	uint64_t bits; /* of the first word */
};

LINKED_RUN(run_missing_type, struct missing_type, missing)
{
	struct descriptor descriptor = of_type(missing->type);

	descriptor.q[0] |= missing->bits;
	if (open_queue(run, missing->kind))
		queue_test_refused(run, &descriptor, IQEI_EITHER, NULL);
}

/* The bits of a good descriptor that must be 0. */
struct reserved_bits {
	enum queue_kind kind;
	make_good *good;
	uint64_t words[4];
	uint64_t without_pds; /* of the first word: reserved only where ECAP.PDS is clear */
};

LINKED_RUN(run_reserved, struct reserved_bits, reserved)
{
	struct descriptor base = reserved->good(run->unit);
	uint64_t words[4];

	memcpy(words, reserved->words, sizeof(words));
	if (!caps_has(&run->unit->caps, CAPABILITY_PDS))
		words[0] |= reserved->without_pds;
	if (open_queue(run, reserved->kind))
		queue_test_each_bit(run, &base, words);
}

/* The upper 128 bits of a 128-bit type in a wide queue. */
#define UPPER_HALF UINT64_MAX, UINT64_MAX
#define UPPER_BITS(make) \
	LINKED(run_reserved, .kind = WIDE, .good = (make), .words = { 0, 0, UPPER_HALF })

/* A good descriptor but for its granularity, of which there are some that must be refused. */
struct bad_granularity {
	enum queue_kind kind;
	make_good *good;
	unsigned int first, last;
};

LINKED_RUN(run_bad_granularity, struct bad_granularity, bad)
{
	struct descriptor descriptor = bad->good(run->unit);

	if (!open_queue(run, bad->kind))
		return;
	for (unsigned int g = bad->first; g <= bad->last && !run->has_failed; g++) {
		field_set(descriptor.q, INV_CC_G, g); /* the same bits in every type */
		queue_test_refused(run, &descriptor, IQEI_EITHER, NULL);
	}
}

#define DESCRIPTOR_TEST(name, what, where, bits, ...)                                       \
	{                                                                                   \
		.id = "queue." name, .title = (what), .spec = (where),                      \
		.flags = TEST_WITHOUT_AGENT, .needs = NEED(QI) | (bits), .run = __VA_ARGS__ \
	}

/* For types whose capability is missing. */
#define MISSING_TEST(name, what, bits, absent, ...)                                                \
	{                                                                                          \
		.id = "queue." name, .title = (what), .spec = TYPE_SPEC,                           \
		.flags = TEST_WITHOUT_AGENT, .needs = NEED(QI) | (bits), .needs_absent = (absent), \
		.run = __VA_ARGS__                                                                 \
	}

static const struct test tests[] = {
	DESCRIPTOR_TEST("valid-narrow", "legacy mode, 128 bits: good descriptors are taken",
			TYPE_SPEC, 0, run_valid, .arg = NARROW),
	DESCRIPTOR_TEST("valid-wide", "legacy mode, 256 bits: good descriptors are taken",
			TYPE_SPEC, NEED(SMTS), run_valid, .arg = WIDE),
	DESCRIPTOR_TEST("valid-scalable", "scalable mode: good descriptors are taken", TYPE_SPEC,
			NEED(SMTS), run_valid, .arg = SCALABLE),
	DESCRIPTOR_TEST("ignored-fields", "fields another granularity uses may hold anything",
			"IOTLB Invalidate", 0, ignored_fields),
	DESCRIPTOR_TEST("address-masks", "page-selective IOTLB invalidation with each AM to MAMV",
			"IOTLB Invalidate", NEED(PSI), address_masks),
	DESCRIPTOR_TEST("index-masks", "index-selective IEC invalidation with each IM to MHMV",
			"Interrupt Entry Cache Invalidate Descriptor", NEED(IR), index_masks),
	DESCRIPTOR_TEST("context-granularities", "context-cache invalidation with each FM",
			"Context-cache Invalidate Descriptor", 0, context_granularities),
	DESCRIPTOR_TEST("wide-domains", "domain-id bits above CAP.ND are ignored",
			"IOTLB Invalidate", 0, wide_domains),
	DESCRIPTOR_TEST("bad-types-narrow", "QEMU 663168943d: undefined types are errors, 128 bits",
			TYPE_SPEC, 0,
			LINKED(run_bad_types, .kind = NARROW, .except = DEFINED_TYPES)),
	DESCRIPTOR_TEST("bad-types-wide", "QEMU 663168943d: undefined types are errors, 256 bits",
			TYPE_SPEC, NEED(SMTS),
			LINKED(run_bad_types, .kind = WIDE, .except = DEFINED_TYPES)),
	DESCRIPTOR_TEST("bad-types-scalable",
			"QEMU 663168943d: undefined types are errors, scalable mode", TYPE_SPEC,
			NEED(SMTS),
			LINKED(run_bad_types, .kind = SCALABLE, .except = DEFINED_TYPES)),
	DESCRIPTOR_TEST("scalable-types-narrow",
			"QEMU 8e761fb61c: 256-bit types in a 128-bit queue are errors", TYPE_SPEC,
			NEED(SMTS),
			LINKED(run_bad_types, .kind = NARROW, .except = NO_SCALABLE_TYPES)),
	DESCRIPTOR_TEST("scalable-types-wide",
			"QEMU 3b52cea829: scalable-mode types in legacy mode are errors", TYPE_SPEC,
			NEED(SMTS),
			LINKED(run_bad_types, .kind = WIDE, .except = NO_SCALABLE_TYPES)),
	MISSING_TEST("device-tlb-missing", "device-TLB invalidation without ECAP.DT is an error", 0,
		     NEED(DT), LINKED(run_missing_type, .kind = NARROW, .type = INV_DEVTLB)),
	MISSING_TEST("pasid-device-tlb-missing",
		     "PASID-based device-TLB invalidation without ECAP.DT is an error", NEED(SMTS),
		     NEED(DT), LINKED(run_missing_type, .kind = SCALABLE, .type = INV_PDEVTLB)),
	MISSING_TEST("page-response-missing", "page group response without ECAP.PRS is an error",
		     NEED(SMTS), NEED(PRS),
		     LINKED(run_missing_type, .kind = SCALABLE, .type = INV_PGRESP)),
	MISSING_TEST("pasid-page-response-missing", "the same, of a response with a PASID",
		     NEED(SMTS), NEED(PRS),
		     LINKED(run_missing_type, .kind = SCALABLE, .type = INV_PGRESP,
			    .bits = FIELD_MASK(INV_PGRESP_PP))),
	MISSING_TEST("hpt-missing", "HPT-cache invalidation without ECAP.HPTS is an error",
		     NEED(SMTS), NEED(HPTS),
		     LINKED(run_missing_type, .kind = SCALABLE, .type = INV_HPT)),
	DESCRIPTOR_TEST(
		"reserved-context", "each reserved bit of a context-cache invalidation",
		"Context-cache Invalidate Descriptor", 0,
		LINKED(run_reserved, .good = good_context,
		       .words = { FIELD_MASK(8, 6) | FIELD_MASK(15, 12) | FIELD_MASK(63, 50),
				  UINT64_MAX })),
	DESCRIPTOR_TEST(
		"reserved-iotlb", "each reserved bit of an IOTLB invalidation", "IOTLB Invalidate",
		0,
		LINKED(run_reserved, .good = good_iotlb,
		       .words = { FIELD_MASK(8, 8) | FIELD_MASK(15, 12) | FIELD_MASK(63, 32),
				  FIELD_MASK(75, 71) })),
	DESCRIPTOR_TEST(
		"reserved-interrupts", "each reserved bit of an interrupt entry cache invalidation",
		"Interrupt Entry Cache Invalidate Descriptor", NEED(IR),
		LINKED(run_reserved, .good = good_interrupts,
		       .words = { FIELD_MASK(8, 5) | FIELD_MASK(26, 12) | FIELD_MASK(63, 48),
				  UINT64_MAX })),
	DESCRIPTOR_TEST(
		"reserved-wait", "each reserved bit of a wait", "Invalidation Wait Descriptor", 0,
		LINKED(run_reserved, .good = good_wait,
		       .words = { FIELD_MASK(8, 8) | FIELD_MASK(31, 12), FIELD_MASK(65, 64) },
		       .without_pds = FIELD_MASK(INV_WAIT_PD))),
	DESCRIPTOR_TEST(
		"reserved-pasid-cache", "each reserved bit of a PASID-cache invalidation",
		"PASID-cache Invalidate Descriptor", NEED(SMTS),
		LINKED(run_reserved, .kind = SCALABLE, .good = good_pasid_cache,
		       .words = { FIELD_MASK(8, 6) | FIELD_MASK(15, 12) | FIELD_MASK(63, 52),
				  UINT64_MAX, UPPER_HALF })),
	DESCRIPTOR_TEST(
		"reserved-pasid-iotlb", "each reserved bit of a PASID-based IOTLB invalidation",
		"PASID-based IOTLB Invalidate Descriptor (P_IOTLB)", NEED(SMTS),
		LINKED(run_reserved, .kind = SCALABLE, .good = good_pasid_iotlb,
		       .words = { FIELD_MASK(8, 6) | FIELD_MASK(15, 12) | FIELD_MASK(63, 52),
				  FIELD_MASK(75, 71), UPPER_HALF })),
	DESCRIPTOR_TEST("upper-context",
			"bits 255:128 of a context-cache invalidation are reserved",
			"Queued Invalidation Interface", NEED(SMTS), UPPER_BITS(good_context)),
	DESCRIPTOR_TEST("upper-iotlb", "bits 255:128 of an IOTLB invalidation are reserved",
			"Queued Invalidation Interface", NEED(SMTS), UPPER_BITS(good_iotlb)),
	DESCRIPTOR_TEST("upper-interrupts",
			"QEMU 096d96e7be: bits 255:128 of an interrupt entry cache invalidation",
			"Queued Invalidation Interface", NEED(SMTS) | NEED(IR),
			UPPER_BITS(good_interrupts)),
	DESCRIPTOR_TEST("upper-wait", "bits 255:128 of a wait are reserved",
			"Queued Invalidation Interface", NEED(SMTS), UPPER_BITS(good_wait)),
	DESCRIPTOR_TEST("granularity-context", "context-cache granularity 00 is reserved",
			"Context-cache Invalidate Descriptor", 0,
			LINKED(run_bad_granularity, .good = good_context)),
	DESCRIPTOR_TEST("granularity-iotlb", "IOTLB granularity 00 is reserved", "IOTLB Invalidate",
			0, LINKED(run_bad_granularity, .good = good_iotlb)),
	DESCRIPTOR_TEST("granularity-pasid-cache", "PASID-cache granularity 10 is reserved",
			"PASID-cache Invalidate Descriptor", NEED(SMTS),
			LINKED(run_bad_granularity, .kind = SCALABLE, .good = good_pasid_cache,
			       .first = 2, .last = 2)),
	DESCRIPTOR_TEST(
		"granularity-pasid-iotlb", "PASID-based IOTLB granularities 00, 01 are reserved",
		"PASID-based IOTLB Invalidate Descriptor (P_IOTLB)", NEED(SMTS),
		LINKED(run_bad_granularity, .kind = SCALABLE, .good = good_pasid_iotlb, .last = 1)),
	MISSING_TEST("page-without-psi", "page-selective IOTLB invalidation needs CAP.PSI", 0,
		     NEED(PSI),
		     LINKED(run_bad_granularity, .good = good_iotlb, .first = GRANULARITY_SPECIFIC,
			    .last = GRANULARITY_SPECIFIC)),
};

const struct suite suite_queue_descriptors = SUITE("queue descriptors", tests);
