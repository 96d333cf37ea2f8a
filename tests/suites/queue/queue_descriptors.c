/* SPDX-License-Identifier: MIT */
/*
 * Which descriptors a unit takes from its invalidation queue: every type in every mode, every
 * reserved bit, every granularity. Good ones are taken, bad ones stop the queue with FSTS.IQE; a
 * good one follows each bad one.
 */
#include "arch/print.h"
#include "iommu/unit/invalidate.h"
#include "tests/scenes/bit_ranges.h"
#include "tests/scenes/queue_test.h"
#include "tests/suites/suites.h"

#define TYPE_SPEC "List of Valid Descriptor Types for Each Mode"

/* For what is just called an invalid descriptor, either code will do. */
#define IQEI_EITHER (IQEI_SET(IQEI_TYPE) | IQEI_SET(IQEI_RESERVED))

enum { TYPE_COUNT = 128 };

static struct descriptor of_type(unsigned int type)
{
	struct descriptor descriptor = { { 0 } };

	field_set(descriptor.q, INV_TYPE_LOW, type & 15);
	field_set(descriptor.q, INV_TYPE_HIGH, type >> 4);
	return descriptor;
}

/* A valid descriptor of each kind, as broad as it can be: harmless at any time. */
static struct descriptor good_context(void)
{
	return descriptor_context_cache(
		(struct context_invalidation){ .granularity = GRANULARITY_GLOBAL });
}

static struct descriptor good_iotlb(const struct unit *unit)
{
	return descriptor_iotlb(unit,
				(struct iotlb_invalidation){ .granularity = GRANULARITY_GLOBAL });
}

static struct descriptor good_pasid_cache(void)
{
	return descriptor_pasid_cache((struct pasid_invalidation){ .granularity = PC_GLOBAL });
}

static struct descriptor good_pasid_iotlb(void)
{
	return descriptor_pasid_iotlb(
		(struct pasid_invalidation){ .granularity = PIOTLB_PASID, .did = 1 });
}

/* Good ones of every type that needs no device. */
static void valid_types(struct test_run *run, enum ttm ttm, bool wide)
{
	struct descriptor context = good_context();
	struct descriptor iotlb = good_iotlb(run->unit);
	struct descriptor interrupts = of_type(INV_IEC);
	struct descriptor pasids = good_pasid_cache();
	struct descriptor pasid_iotlb = good_pasid_iotlb();

	if (!queue_test_open(run, ttm, wide, 0))
		return;
	queue_test_accepted(run, &context, "context-cache");
	queue_test_accepted(run, &iotlb, "IOTLB");
	if (caps_has(&run->unit->caps, CAPABILITY_IR))
		queue_test_accepted(run, &interrupts, "interrupt entry cache");
	if (ttm != TTM_SCALABLE)
		return;
	queue_test_accepted(run, &pasids, "PASID-cache");
	queue_test_accepted(run, &pasid_iotlb, "PASID-based IOTLB");
}

static void valid_narrow(struct test_run *run)
{
	valid_types(run, TTM_LEGACY, false);
}

static void valid_wide(struct test_run *run)
{
	valid_types(run, TTM_LEGACY, true);
}

static void valid_scalable(struct test_run *run)
{
	valid_types(run, TTM_SCALABLE, true);
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

/* Every address mask up to CAP.MAMV, at the first address but 0 that is aligned to it. */
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

static void bad_types(struct test_run *run, enum ttm ttm, bool wide, const uint64_t valid[2])
{
	uint64_t accepted[2] = { 0 }, wrong[2] = { 0 };
	char text[160];

	if (!queue_test_open(run, ttm, wide, 0))
		return;
	for (unsigned int type = 0; type < TYPE_COUNT; type++) {
		uint64_t *list = accepted;
		struct descriptor descriptor = of_type(type);
		struct queue_answer answer;

		if (valid[type / 64] >> type % 64 & 1)
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

/* Types 1 to 10 are another matter: these tests are about the numbers nobody defined. */
static const uint64_t defined_types[2] = { FIELD_MASK(10, 1), 0 };

static void bad_types_narrow(struct test_run *run)
{
	bad_types(run, TTM_LEGACY, false, defined_types);
}

static void bad_types_wide(struct test_run *run)
{
	bad_types(run, TTM_LEGACY, true, defined_types);
}

static void bad_types_scalable(struct test_run *run)
{
	bad_types(run, TTM_SCALABLE, true, defined_types);
}

/* Types of scalable mode, in legacy mode. */
static const uint64_t no_scalable_types[2] = { ~FIELD_MASK(10, 6), ~UINT64_C(0) };

static void scalable_types_narrow(struct test_run *run)
{
	bad_types(run, TTM_LEGACY, false, no_scalable_types);
}

static void scalable_types_wide(struct test_run *run)
{
	bad_types(run, TTM_LEGACY, true, no_scalable_types);
}

/* A type whose capability is missing. */
static void missing_type(struct test_run *run, enum ttm ttm, unsigned int type)
{
	struct descriptor descriptor = of_type(type);

	if (queue_test_open(run, ttm, ttm == TTM_SCALABLE, 0))
		queue_test_refused(run, &descriptor, IQEI_EITHER, NULL);
}

static void device_tlb_missing(struct test_run *run)
{
	missing_type(run, TTM_LEGACY, INV_DEVTLB);
}

static void pasid_device_tlb_missing(struct test_run *run)
{
	missing_type(run, TTM_SCALABLE, INV_PDEVTLB);
}

static void page_response_missing(struct test_run *run)
{
	missing_type(run, TTM_SCALABLE, INV_PGRESP);
}

static void hpt_missing(struct test_run *run)
{
	missing_type(run, TTM_SCALABLE, INV_HPT);
}

/* The upper 128 bits of a 128-bit type in a wide queue. */
#define UPPER_HALF UINT64_MAX, UINT64_MAX

static void reserved_bits(struct test_run *run, bool wide, struct descriptor base, uint64_t low,
			  uint64_t high)
{
	const uint64_t narrow_masks[4] = { low, high };
	const uint64_t wide_masks[4] = { 0, 0, UPPER_HALF };

	if (queue_test_open(run, TTM_LEGACY, wide, 0))
		queue_test_each_bit(run, &base, wide ? wide_masks : narrow_masks);
}

static void reserved_context(struct test_run *run)
{
	reserved_bits(run, false, good_context(),
		      FIELD_MASK(8, 6) | FIELD_MASK(15, 12) | FIELD_MASK(63, 50), UINT64_MAX);
}

static void reserved_iotlb(struct test_run *run)
{
	reserved_bits(run, false, good_iotlb(run->unit),
		      FIELD_MASK(8, 8) | FIELD_MASK(15, 12) | FIELD_MASK(63, 32),
		      FIELD_MASK(75, 71));
}

static void reserved_interrupts(struct test_run *run)
{
	reserved_bits(run, false, of_type(INV_IEC),
		      FIELD_MASK(8, 5) | FIELD_MASK(26, 12) | FIELD_MASK(63, 48), UINT64_MAX);
}

static struct descriptor good_wait(struct test_run *run)
{
	return queue_wait_descriptor(run->unit, 0);
}

static void reserved_wait(struct test_run *run)
{
	uint64_t drain = caps_has(&run->unit->caps, CAPABILITY_PDS) ? 0 : FIELD_MASK(INV_WAIT_PD);

	reserved_bits(run, false, good_wait(run), FIELD_MASK(8, 8) | FIELD_MASK(31, 12) | drain,
		      FIELD_MASK(65, 64));
}

static void upper_context(struct test_run *run)
{
	reserved_bits(run, true, good_context(), 0, 0);
}

static void upper_iotlb(struct test_run *run)
{
	reserved_bits(run, true, good_iotlb(run->unit), 0, 0);
}

static void upper_interrupts(struct test_run *run)
{
	reserved_bits(run, true, of_type(INV_IEC), 0, 0);
}

static void upper_wait(struct test_run *run)
{
	reserved_bits(run, true, good_wait(run), 0, 0);
}

static void reserved_pasid_cache(struct test_run *run)
{
	static const uint64_t masks[4] = {
		FIELD_MASK(8, 6) | FIELD_MASK(15, 12) | FIELD_MASK(63, 52), UINT64_MAX, UPPER_HALF
	};
	struct descriptor base = good_pasid_cache();

	if (queue_test_open(run, TTM_SCALABLE, true, 0))
		queue_test_each_bit(run, &base, masks);
}

static void reserved_pasid_iotlb(struct test_run *run)
{
	static const uint64_t masks[4] = { FIELD_MASK(8, 6) | FIELD_MASK(15, 12) |
						   FIELD_MASK(63, 52),
					   FIELD_MASK(75, 71), UPPER_HALF };
	struct descriptor base = good_pasid_iotlb();

	if (queue_test_open(run, TTM_SCALABLE, true, 0))
		queue_test_each_bit(run, &base, masks);
}

static void bad_granularity(struct test_run *run, enum ttm ttm, struct descriptor good,
			    unsigned int granularity)
{
	field_set(good.q, INV_CC_G, granularity); /* the same bits in every type */
	if (queue_test_open(run, ttm, ttm == TTM_SCALABLE, 0))
		queue_test_refused(run, &good, IQEI_EITHER, NULL);
}

static void context_granularity(struct test_run *run)
{
	bad_granularity(run, TTM_LEGACY, good_context(), 0);
}

static void iotlb_granularity(struct test_run *run)
{
	bad_granularity(run, TTM_LEGACY, good_iotlb(run->unit), 0);
}

static void iotlb_page_without_psi(struct test_run *run)
{
	bad_granularity(run, TTM_LEGACY, good_iotlb(run->unit), GRANULARITY_SPECIFIC);
}

static void pasid_cache_granularity(struct test_run *run)
{
	bad_granularity(run, TTM_SCALABLE, good_pasid_cache(), 2);
}

static void pasid_iotlb_granularity(struct test_run *run)
{
	bad_granularity(run, TTM_SCALABLE, good_pasid_iotlb(), 0);
	if (run->has_failed)
		return;
	REQUIRE_OK(run, queue_disable(run->unit));
	bad_granularity(run, TTM_SCALABLE, good_pasid_iotlb(), 1);
}

#define DESCRIPTOR_TEST(name, what, where, bits, function)                                 \
	{                                                                                  \
		.id = "queue." name, .title = (what), .spec = (where),                     \
		.flags = TEST_WITHOUT_AGENT, .needs = NEED(QI) | (bits), .run = (function) \
	}

/* For types whose capability is missing. */
#define MISSING_TEST(name, what, bits, absent, function)                                           \
	{                                                                                          \
		.id = "queue." name, .title = (what), .spec = TYPE_SPEC,                           \
		.flags = TEST_WITHOUT_AGENT, .needs = NEED(QI) | (bits), .needs_absent = (absent), \
		.run = (function)                                                                  \
	}

static const struct test tests[] = {
	DESCRIPTOR_TEST("valid-narrow", "legacy mode, 128 bits: good descriptors are taken",
			TYPE_SPEC, 0, valid_narrow),
	DESCRIPTOR_TEST("valid-wide", "legacy mode, 256 bits: good descriptors are taken",
			TYPE_SPEC, NEED(SMTS), valid_wide),
	DESCRIPTOR_TEST("valid-scalable", "scalable mode: good descriptors are taken", TYPE_SPEC,
			NEED(SMTS), valid_scalable),
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
			TYPE_SPEC, 0, bad_types_narrow),
	DESCRIPTOR_TEST("bad-types-wide", "QEMU 663168943d: undefined types are errors, 256 bits",
			TYPE_SPEC, NEED(SMTS), bad_types_wide),
	DESCRIPTOR_TEST("bad-types-scalable",
			"QEMU 663168943d: undefined types are errors, scalable mode", TYPE_SPEC,
			NEED(SMTS), bad_types_scalable),
	DESCRIPTOR_TEST("scalable-types-narrow",
			"QEMU 8e761fb61c: 256-bit types in a 128-bit queue are errors", TYPE_SPEC,
			NEED(SMTS), scalable_types_narrow),
	DESCRIPTOR_TEST("scalable-types-wide",
			"QEMU 3b52cea829: scalable-mode types in legacy mode are errors", TYPE_SPEC,
			NEED(SMTS), scalable_types_wide),
	MISSING_TEST("device-tlb-missing", "device-TLB invalidation without ECAP.DT is an error", 0,
		     NEED(DT), device_tlb_missing),
	MISSING_TEST("pasid-device-tlb-missing",
		     "PASID-based device-TLB invalidation without ECAP.DT is an error", NEED(SMTS),
		     NEED(DT), pasid_device_tlb_missing),
	MISSING_TEST("page-response-missing", "page group response without ECAP.PRS is an error",
		     NEED(SMTS), NEED(PRS), page_response_missing),
	MISSING_TEST("hpt-missing", "HPT-cache invalidation without ECAP.HPTS is an error",
		     NEED(SMTS), NEED(HPTS), hpt_missing),
	DESCRIPTOR_TEST("reserved-context", "each reserved bit of a context-cache invalidation",
			"Context-cache Invalidate Descriptor", 0, reserved_context),
	DESCRIPTOR_TEST("reserved-iotlb", "each reserved bit of an IOTLB invalidation",
			"IOTLB Invalidate", 0, reserved_iotlb),
	DESCRIPTOR_TEST(
		"reserved-interrupts", "each reserved bit of an interrupt entry cache invalidation",
		"Interrupt Entry Cache Invalidate Descriptor", NEED(IR), reserved_interrupts),
	DESCRIPTOR_TEST("reserved-wait", "each reserved bit of a wait",
			"Invalidation Wait Descriptor", 0, reserved_wait),
	DESCRIPTOR_TEST("reserved-pasid-cache", "each reserved bit of a PASID-cache invalidation",
			"PASID-cache Invalidate Descriptor", NEED(SMTS), reserved_pasid_cache),
	DESCRIPTOR_TEST("reserved-pasid-iotlb",
			"each reserved bit of a PASID-based IOTLB invalidation",
			"PASID-based IOTLB Invalidate Descriptor (P_IOTLB)", NEED(SMTS),
			reserved_pasid_iotlb),
	DESCRIPTOR_TEST("upper-context",
			"bits 255:128 of a context-cache invalidation are reserved",
			"Queued Invalidation Interface", NEED(SMTS), upper_context),
	DESCRIPTOR_TEST("upper-iotlb", "bits 255:128 of an IOTLB invalidation are reserved",
			"Queued Invalidation Interface", NEED(SMTS), upper_iotlb),
	DESCRIPTOR_TEST("upper-interrupts",
			"QEMU 096d96e7be: bits 255:128 of an interrupt entry cache invalidation",
			"Queued Invalidation Interface", NEED(SMTS) | NEED(IR), upper_interrupts),
	DESCRIPTOR_TEST("upper-wait", "bits 255:128 of a wait are reserved",
			"Queued Invalidation Interface", NEED(SMTS), upper_wait),
	DESCRIPTOR_TEST("granularity-context", "context-cache granularity 00 is reserved",
			"Context-cache Invalidate Descriptor", 0, context_granularity),
	DESCRIPTOR_TEST("granularity-iotlb", "IOTLB granularity 00 is reserved", "IOTLB Invalidate",
			0, iotlb_granularity),
	DESCRIPTOR_TEST("granularity-pasid-cache", "PASID-cache granularity 10 is reserved",
			"PASID-cache Invalidate Descriptor", NEED(SMTS), pasid_cache_granularity),
	DESCRIPTOR_TEST("granularity-pasid-iotlb",
			"PASID-based IOTLB granularities 00, 01 are reserved",
			"PASID-based IOTLB Invalidate Descriptor (P_IOTLB)", NEED(SMTS),
			pasid_iotlb_granularity),
	MISSING_TEST("page-without-psi", "page-selective IOTLB invalidation needs CAP.PSI", 0,
		     NEED(PSI), iotlb_page_without_psi),
};

const struct suite suite_queue_descriptors = SUITE("queue descriptors", tests);
