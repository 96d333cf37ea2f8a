/* SPDX-License-Identifier: MIT */
/*
 * Invalidation through registers, which is legal in legacy mode with the queue off, up to major
 * version 5. A unit may do more than it was asked for, never less, and must say what it did.
 *
 * The answer stands in CAIG and IAIG: the granularity done, or 0 for a request that was refused,
 * which software that looks only at "done" takes for a success. Those of the IOTLB lie where
 * ECAP.IRO says and not at a fixed place, and from version 6 on there are none: Xen assumed them
 * (6773b1a758), firmware used them on units that had none any more (edk2-platforms 462). In
 * scalable mode they must do nothing and say so; whether the command bit ever falls then is left
 * open, so a command that does not end is no failure. With caching mode an entry that is not
 * present is cached under domain 0, and has to be named so.
 */
#include "iommu/structures/entry.h"
#include "iommu/structures/translation.h"
#include "iommu/unit/invalidate.h"
#include "tests/scenes/dma.h"
#include "tests/scenes/queue_test.h"
#include "tests/scenes/scene_test.h"
#include "tests/suites/suites.h"

#define REGISTER_SPEC "Register-based Invalidation Interface"

static const struct dma plain_write;

static bool has_registers(struct test_run *run)
{
	unsigned int major = caps_major(&run->unit->caps);

	if (major >= 6)
		test_skip(run, "unit %u has major version %u: no register-based invalidation",
			  run->unit->index, major);
	return major < 6;
}

/* A legacy scene without a queue. */
static bool open_without_queue(struct test_run *run)
{
	static const struct scene legacy = { .mode = SCENE_LEGACY, .is_without_queue = true };

	if (!has_registers(run) || !scene_test_open(run, &legacy, &plain_write))
		return false;
	run->stage.is_sound = false; /* for the test after this one, whatever this one leaves */
	return true;
}

static void check_granted(struct test_run *run, enum invalidate_granularity asked,
			  enum invalidate_granularity granted)
{
	if (granted > asked)
		test_fail(run, "granularity %u asked, %u done", asked, granted);
}

static bool invalidate_context(struct test_run *run, enum invalidate_granularity granularity,
			       uint16_t did)
{
	struct context_invalidation what = {
		.granularity = granularity,
		.did = did,
		.sid = run->agent->sid,
	};
	enum invalidate_granularity granted;

	if (invalidate_context_by_register(run->unit, what, &granted) != STATUS_OK) {
		test_fail(run, "context-cache: %s", unit_failure(run->unit));
		return false;
	}
	check_granted(run, granularity, granted);
	return true;
}

static bool invalidate_pages(struct test_run *run, enum invalidate_granularity granularity)
{
	struct iotlb_invalidation what = {
		.granularity = granularity,
		.did = run->stage.did,
		.address = run->stage.window,
	};
	enum invalidate_granularity granted;

	if (invalidate_iotlb_by_register(run->unit, what, &granted) != STATUS_OK) {
		test_fail(run, "IOTLB: %s", unit_failure(run->unit));
		return false;
	}
	check_granted(run, granularity, granted);
	return true;
}

static void expect_write(struct test_run *run, enum landing wanted, const char *when)
{
	enum landing landing = dma_write(&run->stage, &plain_write);

	if (landing != wanted)
		test_fail(run, "%s: data %s for %s", when, landing_name(landing),
			  landing_name(wanted));
	fault_clear(run->unit);
}

/* For a source that differs in each bit: what that leaves in the register must not stay beside the next command. */
static bool invalidate_others(struct test_run *run)
{
	struct context_invalidation what = {
		.granularity = GRANULARITY_SPECIFIC,
		.did = run->stage.did,
		.sid = (uint16_t)~run->agent->sid,
	};
	enum invalidate_granularity granted;

	if (invalidate_context_by_register(run->unit, what, &granted) == STATUS_OK)
		return true;
	test_fail(run, "context-cache of another source: %s", unit_failure(run->unit));
	return false;
}

/*
 * The context entry goes and comes back; IOTLB entries made through it go with their domain. With
 * caching mode an entry that is not present is kept under domain 0 ("Caching Mode"). `arg` is the granularity.
 */
static void run_context(struct test_run *run)
{
	const enum invalidate_granularity granularity = run->test->arg;
	static const struct poke absent = { AT_CONTEXT, FIELD(CONTEXT_P), 0, VALUE_PLAIN };
	uint16_t absent_did = caps_has(&run->unit->caps, CAPABILITY_CM) ? 0 : run->stage.did;
	uint64_t word;

	if (!open_without_queue(run))
		return;
	word = stage_poke(&run->stage, &absent);
	if (invalidate_others(run) && invalidate_context(run, granularity, run->stage.did) &&
	    invalidate_pages(run, GRANULARITY_DOMAIN))
		expect_write(run, DMA_NOWHERE, "entry gone");
	stage_unpoke(&run->stage, &absent, word);
	if (invalidate_context(run, granularity, absent_did) &&
	    invalidate_pages(run, GRANULARITY_DOMAIN))
		expect_write(run, DMA_LANDED, "entry back");
}

/* The page goes and comes back. `arg` is the granularity. */
static void run_iotlb(struct test_run *run)
{
	const enum invalidate_granularity granularity = run->test->arg;
	static const struct poke no_read = { AT_LEAF, FIELD(SS_R), 0, VALUE_PLAIN };
	static const struct poke no_write = { AT_LEAF, FIELD(SS_W), 0, VALUE_PLAIN };
	uint64_t word;

	if (!open_without_queue(run))
		return;
	word = stage_poke(&run->stage, &no_read);
	stage_poke(&run->stage, &no_write);
	if (invalidate_pages(run, granularity))
		expect_write(run, DMA_NOWHERE, "page gone");
	stage_unpoke(&run->stage, &no_write, word);
	if (invalidate_pages(run, granularity))
		expect_write(run, DMA_LANDED, "page back");
}

/* ---- commands in two halves, ranges, refusals ---- */

/* The first command half by half, the upper one, which starts it, last. */
static void write_halves(struct unit *unit, uint32_t offset, uint64_t value)
{
	unit_write32(unit, offset, (uint32_t)value);
	unit_write32(unit, offset + 4, (uint32_t)(value >> 32));
}

static uint32_t iotlb_register(const struct unit *unit)
{
	return caps_iotlb_offset_bytes(&unit->caps) + REG_IOTLB_IN_BLOCK;
}

static uint32_t address_register(const struct unit *unit)
{
	return caps_iotlb_offset_bytes(&unit->caps) + REG_IVA_IN_BLOCK;
}

/* What the unit says it did; GRANULARITY_NONE with the test failed if the command does not end. */
static unsigned int context_result(struct test_run *run)
{
	struct unit *unit = run->unit;

	if (unit_wait64(unit, "CCMD", REG_CCMD, FIELD_MASK(CCMD_ICC), 0) != STATUS_OK)
		test_fail(run, "CCMD.ICC stays set");
	return (unsigned int)reg_get(unit_read64(unit, REG_CCMD), CCMD_CAIG);
}

static unsigned int iotlb_result(struct test_run *run)
{
	struct unit *unit = run->unit;
	uint32_t at = iotlb_register(unit);

	if (unit_wait64(unit, "IOTLB", at, FIELD_MASK(IOTLB_IVT), 0) != STATUS_OK)
		test_fail(run, "IOTLB_REG.IVT stays set");
	return (unsigned int)reg_get(unit_read64(unit, at), IOTLB_IAIG);
}

static uint64_t context_command(const struct test_run *run, unsigned int granularity)
{
	return reg_put(CCMD_ICC, 1) | reg_put(CCMD_CIRG, granularity) |
	       reg_put(CCMD_SID, run->agent->sid) | reg_put(CCMD_DID, run->stage.did);
}

static uint64_t iotlb_command(const struct test_run *run, unsigned int granularity)
{
	return reg_put(IOTLB_IVT, 1) | reg_put(IOTLB_IIRG, granularity) |
	       reg_put(IOTLB_DID, run->stage.did);
}

/* A page far up, so that IVA has something in its high half. */
#define FAR_UP (UINT64_C(1) << 33)

static bool map_far_up(struct test_run *run)
{
	struct stage *stage = &run->stage;
	struct dma far = { .flip = FAR_UP };
	phys_t gap = phys_of(stage->canary[CANARY_GAP]);

	if (paging_map(&stage->table, iova(stage->window.value ^ FAR_UP), gap, 12, ACCESS_BOTH) !=
	    STATUS_OK) {
		test_error(run, "no memory for tables");
		return false;
	}
	if (!invalidate_pages(run, GRANULARITY_GLOBAL))
		return false;
	if (dma_hit_by(stage, &far) != CANARY_GAP)
		test_fail(run, "the page far up does not lead where it should");
	return !run->has_failed;
}

/* It moves, and is named half by half. */
static void run_halves(struct test_run *run)
{
	struct unit *unit = run->unit;
	struct stage *stage = &run->stage;
	struct dma far = { .flip = FAR_UP };
	iova_t at;
	uint64_t *leaf;

	if (!open_without_queue(run))
		return;
	if (stage_address_limit(stage) < 2 * FAR_UP || FAR_UP & ~run->agent->limits.address_mask) {
		test_skip(run, "unit %u or its agent has no addresses above 32 bits", unit->index);
		return;
	}
	write_halves(unit, REG_CCMD, context_command(run, GRANULARITY_SPECIFIC));
	EXPECT(run, context_result(run) >= 1);
	EXPECT_EQ(run, reg_get(unit_read64(unit, REG_CCMD), CCMD_CIRG), GRANULARITY_SPECIFIC);
	if (!map_far_up(run))
		return;
	at = iova(stage->window.value ^ FAR_UP);
	leaf = paging_entry(&stage->table, at, 1);
	field_set_address(leaf, SS_ADDR, phys_of(stage->canary[CANARY_TARGET_1]).value);
	entry_store_word(leaf, *leaf, stage->table.snooped);
	write_halves(unit, address_register(unit), at.value);
	write_halves(unit, iotlb_register(unit), iotlb_command(run, GRANULARITY_SPECIFIC));
	EXPECT(run, iotlb_result(run) >= 1);
	if (dma_hit_by(stage, &far) != CANARY_TARGET_1)
		test_fail(run, "named in halves: still the old page");
}

/* Each AM that CAP.MAMV allows reaches the page, as its first and as its last one. */
static void run_ranges(struct test_run *run)
{
	struct unit *unit = run->unit;

	if (!open_without_queue(run))
		return;
	for (unsigned int mask = 0; mask <= caps_max_address_mask(&unit->caps); mask++) {
		enum canary to = mask % 2 ? CANARY_TARGET_0 : CANARY_GAP;
		uint64_t from = run->stage.window.value >> (12 + mask) << (12 + mask);

		stage_redirect(&run->stage, 0, to);
		unit_write64(unit, address_register(unit), from | reg_put(IVA_AM, mask));
		unit_write64(unit, iotlb_register(unit), iotlb_command(run, GRANULARITY_SPECIFIC));
		if (!iotlb_result(run))
			test_fail(run, "AM %u is refused", mask);
		if (dma_hit(&run->stage, 0) != to)
			test_fail(run, "AM %u: still the old page", mask);
	}
}

/* Reserved granularity, and an AM above CAP.MAMV: refused, and said so. */
static void run_refused(struct test_run *run)
{
	struct unit *unit = run->unit;
	unsigned int mask = caps_max_address_mask(&unit->caps) + 1;

	if (!open_without_queue(run))
		return;
	unit_write64(unit, REG_CCMD, context_command(run, GRANULARITY_NONE));
	EXPECT_EQ(run, context_result(run), 0);
	unit_write64(unit, iotlb_register(unit), iotlb_command(run, GRANULARITY_NONE));
	EXPECT_EQ(run, iotlb_result(run), 0);
	if (mask > FIELD_MASK(IVA_AM) || !caps_has(&unit->caps, CAPABILITY_PSI))
		return;
	unit_write64(unit, address_register(unit), reg_put(IVA_AM, mask));
	unit_write64(unit, iotlb_register(unit), iotlb_command(run, GRANULARITY_SPECIFIC));
	if (iotlb_result(run))
		test_fail(run, "AM above CAP.MAMV: granularity %u done", iotlb_result(run));
}

/* Without ICC and IVT it is no command, so what was done last stays as it is. */
static void run_not_started(struct test_run *run)
{
	struct unit *unit = run->unit;
	const uint64_t context = context_command(run, GRANULARITY_DOMAIN) & ~FIELD_MASK(CCMD_ICC);
	const uint64_t pages = iotlb_command(run, GRANULARITY_DOMAIN) & ~FIELD_MASK(IOTLB_IVT);
	unsigned int done;

	if (!open_without_queue(run))
		return;
	unit_write64(unit, REG_CCMD, context_command(run, GRANULARITY_GLOBAL));
	done = context_result(run);
	unit_write64(unit, REG_CCMD, context);
	EXPECT_EQ(run, context_result(run), done);
	unit_write64(unit, iotlb_register(unit), iotlb_command(run, GRANULARITY_GLOBAL));
	done = iotlb_result(run);
	unit_write64(unit, iotlb_register(unit), pages);
	EXPECT_EQ(run, iotlb_result(run), done);
}

/* From major version 6 on both registers refuse everything. */
static void run_gone(struct test_run *run)
{
	struct unit *unit = run->unit;

	if (caps_major(&unit->caps) < 6) {
		test_skip(run, "unit %u has major version %u: it may invalidate by register",
			  unit->index, caps_major(&unit->caps));
		return;
	}
	if (!queue_test_latch(run, TTM_LEGACY)) /* the only mode that ever had them */
		return;
	unit_write64(unit, REG_CCMD, reg_put(CCMD_ICC, 1) | reg_put(CCMD_CIRG, GRANULARITY_GLOBAL));
	EXPECT_EQ(run, context_result(run), 0);
	unit_write64(unit, iotlb_register(unit),
		     reg_put(IOTLB_IVT, 1) | reg_put(IOTLB_IIRG, GRANULARITY_GLOBAL));
	EXPECT_EQ(run, iotlb_result(run), 0);
}

/* In scalable mode, with the queue off again. That the command ends at all is not said. */
static bool is_refused(struct test_run *run, const char *name, enum status status,
		       enum invalidate_granularity granted)
{
	if (status == STATUS_TIMEOUT) {
		test_skip(run, "%s does not end, which the specification leaves open", name);
		return false;
	}
	if (status == STATUS_OK)
		test_fail(run, "%s: granularity %u done for none", name, granted);
	return true;
}

static void refused_in_scalable(struct test_run *run)
{
	struct context_invalidation contexts = { .granularity = GRANULARITY_GLOBAL };
	struct iotlb_invalidation pages = { .granularity = GRANULARITY_GLOBAL };
	enum invalidate_granularity granted = GRANULARITY_NONE;
	struct unit *unit = run->unit;
	enum status status;

	if (!has_registers(run) || !queue_test_open(run, TTM_SCALABLE, true, 0))
		return;
	REQUIRE_OK(run, queue_disable(unit));
	status = invalidate_context_by_register(unit, contexts, &granted);
	if (!is_refused(run, "CCMD", status, granted))
		return;
	status = invalidate_iotlb_by_register(unit, pages, &granted);
	is_refused(run, "IOTLB_REG", status, granted);
}

#define INVALIDATION_TEST(name, what, title_in_spec, bits, ...)                                  \
	{                                                                                        \
		.id = "reginv." name, .title = (what), .spec = (title_in_spec), .needs = (bits), \
		.flags = TEST_SHARES_STAGE, .run = __VA_ARGS__                                   \
	}

static const struct test tests[] = {
	INVALIDATION_TEST("context-global", "CCMD, global: a context entry that changed is seen",
			  "Context Command Register", 0, run_context, .arg = GRANULARITY_GLOBAL),
	INVALIDATION_TEST("context-domain", "CCMD, by domain: a context entry that changed is seen",
			  "Context Command Register", 0, run_context, .arg = GRANULARITY_DOMAIN),
	INVALIDATION_TEST("context-device", "CCMD, by device: a context entry that changed is seen",
			  "Context Command Register", 0, run_context, .arg = GRANULARITY_SPECIFIC),
	INVALIDATION_TEST("iotlb-global", "IOTLB_REG, global: a page that changed is seen",
			  "IOTLB Invalidate Register", 0, run_iotlb, .arg = GRANULARITY_GLOBAL),
	INVALIDATION_TEST("iotlb-domain", "IOTLB_REG, by domain: a page that changed is seen",
			  "IOTLB Invalidate Register", 0, run_iotlb, .arg = GRANULARITY_DOMAIN),
	INVALIDATION_TEST("iotlb-page", "IOTLB_REG, by page: a page that changed is seen",
			  "Invalidate Address Register", NEED(PSI), run_iotlb,
			  .arg = GRANULARITY_SPECIFIC),
	INVALIDATION_TEST("halves", "CCMD, IVA and IOTLB_REG written in halves",
			  "Software Access to Registers", NEED(PSI), run_halves),
	INVALIDATION_TEST("ranges", "each address mask up to CAP.MAMV invalidates by register",
			  "Invalidate Address Register", NEED(PSI), run_ranges),
	INVALIDATION_TEST("not-started", "without ICC and IVT CAIG and IAIG stay as they are",
			  REGISTER_SPEC, 0, run_not_started),
	INVALIDATION_TEST("refused", "what is reserved or too large is refused, and said so",
			  "IOTLB Invalidate Register", 0, run_refused),
	{ .id = "reginv.version-6",
	  .title = "from major version 6 on the registers refuse everything",
	  .spec = REGISTER_SPEC,
	  .flags = TEST_WITHOUT_AGENT,
	  .run = run_gone },
	{ .id = "reginv.refused-in-scalable",
	  .title = "in scalable mode CCMD and IOTLB_REG do nothing and say so",
	  .spec = REGISTER_SPEC,
	  .flags = TEST_WITHOUT_AGENT,
	  .needs = NEED(QI) | NEED(SMTS),
	  .run = refused_in_scalable },
};

const struct suite suite_register_invalidation = SUITE("register invalidation", tests);
