/* SPDX-License-Identifier: MIT */
/*
 * Requests that say their address is translated already (AT = 10b), and plain ones of a device that may
 * send such.
 *
 * They skip the tables: all that stands between the device and the whole of memory is the context entry
 * that lets them in, the host address width, and the interrupt range, where a write that passed would
 * be a message of any kind to any processor. So each is asked for by itself, at its edges, for reads,
 * writes and atomics. What the tables say of the address must not count: the device asked before.
 */
#include "arch/print.h"
#include "iommu/structures/paging.h"
#include "tests/engine/platform.h"
#include "tests/scenes/ats_test.h"
#include "tests/suites/suites.h"

#define TRANSLATED_SPEC "Handling of Translated Requests"

#define INTERRUPT_FIRST UINT64_C(0xfee00000)
#define INTERRUPT_END	UINT64_C(0xfef00000)

static bool is_legacy(const struct test_run *run)
{
	return run->stage.scene.mode == SCENE_LEGACY;
}

static struct ats_due passes(void)
{
	return (struct ats_due){ .completion = MODEL_SUCCESS };
}

static struct ats_due refused(uint8_t reason)
{
	return (struct ats_due){ .completion = MODEL_UNSUPPORTED, .reason = reason };
}

/* It must go to exactly that address, or be blocked with that record. */
static void expect_at(struct test_run *run, uint64_t address, uint8_t reason, const char *label)
{
	static const struct {
		enum model_kind kind;
		unsigned int bytes;
	} kinds[] = { { MODEL_WRITE, 4 }, { MODEL_READ, 4 }, { MODEL_WRITE, 8 } };
	struct model_request request = ats_test_translated(run);
	const struct ats_due due = reason ? refused(reason) : passes();

	request.address = address;
	for (unsigned int i = 0; i < 3; i++) {
		request.kind = kinds[i].kind;
		request.bytes = kinds[i].bytes;
		ats_test_expect_translated(run, &request, &due, label);
	}
}

/* The last address that the host has, and each bit above. */
static void run_above_host(struct test_run *run)
{
	const unsigned int width = platform.dmar.host_address_bits;
	const uint8_t reason = is_legacy(run) ? FR_LGN_1 : FR_SGN_4;
	char label[16];

	expect_at(run, (UINT64_C(1) << width) - 0x1000, 0, "last page");
	for (unsigned int bit = width; bit < 64; bit++) {
		print_to(label, sizeof(label), "bit %u", bit);
		expect_at(run, UINT64_C(1) << bit | 0x1000, reason, label);
	}
}

/* Both ends of it, and what is beside it. */
static void run_interrupt_range(struct test_run *run)
{
	const uint8_t reason = is_legacy(run) ? FR_LGN_4 : FR_SGN_8;

	expect_at(run, INTERRUPT_FIRST, reason, "first");
	expect_at(run, INTERRUPT_FIRST + 0x77000, reason, "inside");
	expect_at(run, INTERRUPT_END - 0x1000, reason, "last page");
	expect_at(run, INTERRUPT_FIRST - 0x1000, 0, "before it");
	expect_at(run, INTERRUPT_END, 0, "after it");
	if (platform.dmar.host_address_bits > 32)
		expect_at(run, INTERRUPT_FIRST | UINT64_C(1) << 32, 0, "4 GiB above it");
}

/* Where the unit has cached a translation of the same number it is none the less the host's address. */
static void run_cached(struct test_run *run)
{
	struct stage *stage = &run->stage;
	const struct dma plain = { .bytes = 4 };

	if (dma_hit(stage, 0) != CANARY_TARGET_0)
		test_fail(run, "a plain write does not land");
	expect_at(run, dma_address(stage, &plain).value, 0, "an address of the tables");
}

/* What blocks the address itself, as an untranslated one, is not looked at. */
static void run_tables_unread(struct test_run *run)
{
	static const struct poke none[] = { { AT_LEAF, FIELD(0, 0), 0, VALUE_PLAIN },
					    { AT_PASID, FIELD(PASID_P), 0, VALUE_PLAIN },
					    { AT_PASID_DIR, FIELD(PASIDDIR_P), 0, VALUE_PLAIN } };
	const struct model_request request = ats_test_translated(run);
	const unsigned int count = is_legacy(run) ? 1 : 3;

	for (unsigned int i = 0; i < count; i++) {
		if (!ats_test_poke(run, &none[i]))
			return;
		expect_at(run, request.address, 0, i ? "no PASID entry" : "no leaf");
	}
}

/* The entry of the device decides, and FPD there whether software hears of it. */
struct entry {
	struct poke poke[2];
	uint8_t reason; /* 0: blocked without a record */
};

LINKED_RUN(run_entry, struct entry, entry)
{
	const struct model_request request = ats_test_translated(run);
	const struct ats_due passing = passes();
	const struct ats_due due = refused(entry->reason);
	unsigned int count = 0;

	while (count < 2 && entry->poke[count].at != AT_NOWHERE)
		count++;
	ats_test_expect_translated(run, &request, &passing, "let in");
	for (unsigned int i = 0; i < count; i++)
		if (!ats_test_poke(run, &entry->poke[i]))
			return;
	ats_test_expect_translated(run, &request, &due, "kept out");
}

/* ---- with PASID ---- */

static struct model_request with_pasid(const struct test_run *run)
{
	struct model_request request = ats_test_translated(run);

	request.has_pasid = true;
	request.pasid = ATS_PASID;
	return request;
}

/* Without ECAP.PTRS the root complex keeps them out: nothing is recorded. */
static void run_pasid_unsupported(struct test_run *run)
{
	const struct model_request request = with_pasid(run);
	const struct model_request plain = ats_test_translated(run);
	const struct ats_due passing = passes();
	const struct ats_due due = refused(0);

	ats_test_expect_translated(run, &plain, &passing, "without PASID");
	ats_test_expect_translated(run, &request, &due, "with PASID");
}

static void run_pasid(struct test_run *run)
{
	static const struct poke eptr = { AT_CONTEXT, FIELD(SMCONTEXT_EPTR), 1, VALUE_PLAIN };
	static const struct poke no_paside = { .at = AT_CONTEXT, .field = FIELD(SMCONTEXT_PASIDE) };
	static const struct poke paside = { AT_CONTEXT, FIELD(SMCONTEXT_PASIDE), 1, VALUE_PLAIN };
	static const struct poke clash = { AT_CONTEXT, FIELD(SMCONTEXT_RID_PASID), ATS_PASID,
					   VALUE_PLAIN };
	struct model_request request = with_pasid(run);
	const struct ats_due passing = passes();
	struct ats_due due = refused(FR_SCT_10);

	ats_test_expect_translated(run, &request, &due, "EPTR clear");
	if (!ats_test_poke(run, &no_paside))
		return;
	ats_test_expect_translated(run, &request, &due, "EPTR and PASIDE clear");
	if (!ats_test_poke(run, &eptr))
		return;
	due = refused(FR_SCT_4);
	ats_test_expect_translated(run, &request, &due, "EPTR set, PASIDE clear");
	if (!ats_test_poke(run, &paside))
		return;
	ats_test_expect_translated(run, &request, &passing, "EPTR set");
	request.pasid = 1u << 13;
	due = refused(FR_SCT_7);
	ats_test_expect_translated(run, &request, &due, "beyond PDTS");
	request.pasid = ATS_PASID;
	if (!caps_has(&run->unit->caps, CAPABILITY_RPS) || !ats_test_poke(run, &clash))
		return;
	due = refused(FR_SCT_9);
	ats_test_expect_translated(run, &request, &due, "RID_PASID");
}

/* ---- beside them ---- */

/* A device that may send translated requests is translated as before in all others. */
static void run_untranslated(struct test_run *run)
{
	static const struct outcome lands = LANDS;

	scene_test_write(run, 0, &lands, "first page");
	scene_test_write(run, 1, &lands, "second page");
}

/* While translation is off there is nobody to serve either; nothing is recorded. */
static void run_off(struct test_run *run)
{
	struct ats_test *test = run->fixture;
	const struct model_request translated = ats_test_translated(run);
	const struct model_request translation = ats_test_request(run);
	const struct ats_due due = refused(0);
	struct model_answer answer;

	REQUIRE_OK(run, unit_set_translation(run->unit, false));
	ats_test_expect_translated(run, &translated, &due, "translated");
	fault_clear(run->unit);
	endpoint_send(test->endpoint, &translation, &answer);
	EXPECT_EQ(run, answer.completion, MODEL_UNSUPPORTED);
	EXPECT_EQ(run, unit_read32(run->unit, REG_FSTS) & ~(uint32_t)FIELD_MASK(FSTS_FRI), 0);
}

/* Within a LINKED() structure FIELD() is no constant. */
#define BLOCKED_BY(place, field, value)                          \
	{                                                        \
		{                                                \
			(place), { field }, (value), VALUE_PLAIN \
		}                                                \
	}
#define SILENTLY_BLOCKED_BY(fpd, field, value)                      \
	{                                                           \
		{ AT_CONTEXT, { fpd }, 1, VALUE_PLAIN },            \
		{                                                   \
			AT_CONTEXT, { field }, (value), VALUE_PLAIN \
		}                                                   \
	}
#define LEGACY_TEST(...) ATS_TEST_ON(0, ATS_LEGACY_SCENE, __VA_ARGS__)
#define ONE_TEST(...)	 ATS_TEST_ON(NEED(SMTS), ATS_ONE_SCENE, __VA_ARGS__)

static const struct test tests[] = {
	LEGACY_TEST("translated-above-host-legacy",
		    "an address above the host address width is blocked, legacy mode",
		    TRANSLATED_SPEC " (LGN.1.2)", run_above_host),
	ONE_TEST("translated-above-host", "an address above the host address width is blocked",
		 TRANSLATED_SPEC " (SGN.4.1)", run_above_host),
	LEGACY_TEST("translated-interrupt-range-legacy",
		    "the interrupt range is blocked, legacy mode", TRANSLATED_SPEC " (LGN.4)",
		    run_interrupt_range),
	ONE_TEST("translated-interrupt-range", "the interrupt range is blocked",
		 TRANSLATED_SPEC " (SGN.8.3)", run_interrupt_range),
	LEGACY_TEST("translated-tables-legacy", "no table is asked, legacy mode", TRANSLATED_SPEC,
		    run_tables_unread),
	ATS_TEST("translated-tables", "no table below the context entry is asked", TRANSLATED_SPEC,
		 run_tables_unread),
	LEGACY_TEST("translated-cached-legacy", "no cached translation is used, legacy mode",
		    TRANSLATED_SPEC, run_cached),
	ATS_TEST("translated-cached", "no cached translation is used", TRANSLATED_SPEC, run_cached),
	LEGACY_TEST("translated-root-legacy", "a root entry with P=0 blocks, legacy mode",
		    TRANSLATED_SPEC " (LRT.2)",
		    LINKED(run_entry, .poke = BLOCKED_BY(AT_ROOT, ROOT_P, 0), .reason = FR_LRT_2)),
	LEGACY_TEST("translated-context-legacy", "a context entry with P=0 blocks, legacy mode",
		    TRANSLATED_SPEC " (LCT.2)",
		    LINKED(run_entry, .poke = BLOCKED_BY(AT_CONTEXT, CONTEXT_P, 0),
			   .reason = FR_LCT_2)),
	LEGACY_TEST("translated-reserved-legacy", "a bad context entry blocks, legacy mode",
		    TRANSLATED_SPEC " (LCT.3)",
		    LINKED(run_entry, .poke = { { AT_CONTEXT, { 4, 4 }, 1, VALUE_PLAIN } },
			   .reason = FR_LCT_3)),
	ONE_TEST("translated-reserved", "a bad context entry blocks", TRANSLATED_SPEC " (SCT.3)",
		 LINKED(run_entry, .poke = { { AT_CONTEXT, { 8, 8 }, 1, VALUE_PLAIN } },
			.reason = FR_SCT_3)),
	LEGACY_TEST("translated-type-legacy", "TT 00b blocks", TRANSLATED_SPEC " (LCT.5)",
		    LINKED(run_entry, .poke = BLOCKED_BY(AT_CONTEXT, CONTEXT_TT, 0),
			   .reason = FR_LCT_5)),
	ATS_TEST_ON(NEED(PT), ATS_LEGACY_SCENE, "translated-pass-through-legacy",
		    "TT 10b blocks, though it lets all others pass", TRANSLATED_SPEC " (LCT.5)",
		    LINKED(run_entry, .poke = BLOCKED_BY(AT_CONTEXT, CONTEXT_TT, TT_PASS_THROUGH),
			   .reason = FR_LCT_5)),
	LEGACY_TEST("translated-type-fpd-legacy", "TT 00b and FPD: blocked without a record",
		    TRANSLATED_SPEC " (LCT.5)",
		    LINKED(run_entry, .poke = SILENTLY_BLOCKED_BY(CONTEXT_FPD, CONTEXT_TT, 0))),
	ONE_TEST("translated-root", "a root entry with LP=0 blocks", TRANSLATED_SPEC " (SRT.2)",
		 LINKED(run_entry, .poke = BLOCKED_BY(AT_ROOT, SMROOT_LP, 0), .reason = FR_SRT_2)),
	ONE_TEST("translated-context", "a context entry with P=0 blocks",
		 TRANSLATED_SPEC " (SCT.2)",
		 LINKED(run_entry, .poke = BLOCKED_BY(AT_CONTEXT, SMCONTEXT_P, 0),
			.reason = FR_SCT_2)),
	ONE_TEST("translated-dte", "DTE=0 blocks", TRANSLATED_SPEC " (SCT.5)",
		 LINKED(run_entry, .poke = BLOCKED_BY(AT_CONTEXT, SMCONTEXT_DTE, 0),
			.reason = FR_SCT_5)),
	ONE_TEST("translated-dte-fpd", "DTE=0 and FPD: blocked without a record",
		 TRANSLATED_SPEC " (SCT.5)",
		 LINKED(run_entry, .poke = SILENTLY_BLOCKED_BY(SMCONTEXT_FPD, SMCONTEXT_DTE, 0))),
	{ .id = "ats.translated-pasid-unsupported",
	  .title = "with PASID, without ECAP.PTRS: blocked without a record",
	  .spec = TRANSLATED_SPEC,
	  .needs = NEED(QI) | NEED(DT) | NEED(SMTS) | NEED(PASID),
	  .needs_absent = NEED(PTRS),
	  .agent_features = AGENT_TRANSLATION,
	  .scene = ATS_ONE_PASID_SCENE,
	  .fixture = &ats_test_fixture,
	  .run = run_pasid_unsupported },
	ATS_TEST_ON(NEED(SMTS) | NEED(PASID) | NEED(PTRS), ATS_ONE_PASID_SCENE, "translated-pasid",
		    "with PASID, where EPTR lets it in",
		    TRANSLATED_SPEC " (SCT.10, SCT.4.3, SCT.7, SCT.9)", run_pasid),
	LEGACY_TEST("untranslated-legacy", "TT 01b translates plain requests as before",
		    "Context Entry: TT", run_untranslated),
	ATS_TEST("untranslated", "DTE=1 translates plain requests as before",
		 "Scalable-Mode Context-Entry: DTE", run_untranslated),
	LEGACY_TEST("off-legacy", "nothing is served while translation is off, legacy mode",
		    "Handling of ATS Protocol Errors", run_off),
	ONE_TEST("off", "nothing is served while translation is off",
		 "Handling of ATS Protocol Errors", run_off),
};

const struct suite suite_translated_requests = SUITE("ats", tests);
