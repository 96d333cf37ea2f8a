/* SPDX-License-Identifier: MIT */
/*
 * Accidents of mixed mode on one unit: tables of one format under the mode of the other ("Root
 * Table Address Register: TTM"). Legacy context entries have 16 bytes and scalable-mode ones 32,
 * so the legacy entry of device d lies where the scalable-mode entry of device d/2 begins: what
 * that neighbour's entry holds makes the same mistake a clean fault, or DMA that goes somewhere
 * without a word. Everything it can reach here is memory of our own.
 *
 * No unit is wrong here; it does what it is told, and these tests hold it to that. They show what
 * a driver risks that decides the mode unit by unit, or that forgets it when it takes over (Linux
 * 0c5f6c0d8201 copied an earlier kernel's tables in the wrong format): nothing in the hardware
 * notices, and whether a fault comes depends on the entry of a device that has nothing to do with
 * it.
 */
#include "arch/cpu.h"
#include "arch/page.h"
#include "arch/string.h"
#include "iommu/structures/entry.h"
#include "iommu/unit/invalidate.h"
#include "tests/engine/platform.h"
#include "tests/scenes/scene_test.h"
#include "tests/suites/suites.h"

#define SCALABLE .scene.mode = SCENE_SCALABLE, .needs = NEED(SMTS)

/* PASID 1 of the neighbour: word 8 of the PASID table, taken for a table of 2 MiB pages. */
#define SILENT_ADDRESS UINT64_C(0x1000000)
#define TOKEN	       UINT64_C(0x1dea5eed0badf00d)

enum {
	BLOCK_PAGES = 512,    /* 2 MiB, aligned so */
	WRITTEN_BYTES = 2048, /* where in the block, beyond what its tables use */
	TOKEN_AT = 2048,      /* in the agent's buffer, after what dma.h uses */
	ANSWER_AT = 2056,
};

static const struct dma plain_write;

/* What lies at d/2, with tables of its own. */
struct neighbour {
	struct pasid_table pasids;
	struct paging paging;
	uint8_t *block; /* its top-level table is the first page of it */
};

/* ---- the mistake, and the way back ---- */

/* All that the mode has. Legacy mode takes these descriptors in both widths. */
static enum status forget_caches(struct unit *unit, enum ttm ttm)
{
	struct context_invalidation contexts = { .granularity = GRANULARITY_GLOBAL };
	struct pasid_invalidation pasids = { .granularity = PC_GLOBAL };
	enum status status = invalidate_context_cache(unit, contexts);

	if (status == STATUS_OK && ttm == TTM_SCALABLE)
		status = invalidate_pasid_cache(unit, pasids);
	return status == STATUS_OK ? invalidate_whole_iotlb(unit) : status;
}

static bool latch_in_mode(struct test_run *run, enum ttm ttm)
{
	struct unit *unit = run->unit;

	if (unit_set_translation(unit, false) == STATUS_OK &&
	    unit_latch_root(unit, phys_of(run->stage.root.entries), ttm) == STATUS_OK &&
	    forget_caches(unit, ttm) == STATUS_OK && unit_set_translation(unit, true) == STATUS_OK)
		return true;
	test_fail(run, "mode %u: %s", ttm, unit_failure(unit));
	return false;
}

/* The driver has forgotten that the unit is in scalable mode; all else it does right. */
static bool forget_mode(struct test_run *run)
{
	run->stage.is_sound = false;
	return latch_in_mode(run, TTM_LEGACY);
}

static bool remember_mode(struct test_run *run)
{
	return latch_in_mode(run, TTM_SCALABLE);
}

static uint16_t neighbour_sid(const struct test_run *run)
{
	return (uint16_t)((run->agent->sid & 0xff00) | (run->agent->sid & 0xff) / 2);
}

/* An agent whose legacy entry overlays the first half of a scalable-mode one of the lower table. */
static bool choose_agent(struct test_run *run)
{
	struct agent *agent;

	for (unsigned int nth = 0; (agent = platform_agent(run->unit, nth)); nth++)
		if (agent_can(agent, run->test->agent_features) && !(agent->sid & 1) &&
		    (agent->sid & 0xff) < SM_CONTEXT_ENTRIES && (agent->sid & 0xff)) {
			run->agent = agent;
			return true;
		}
	test_skip(run, "no agent with an even devfn from 2 to 7Eh");
	return false;
}

static bool open(struct test_run *run)
{
	static const struct scene scene = { .mode = SCENE_SCALABLE };

	return choose_agent(run) && scene_test_open(run, &scene, &plain_write);
}

/* ---- clean faults ---- */

static void run_legacy_tables(struct test_run *run)
{
	struct outcome expect = FAULTS(FR_SCT_2);
	static const struct scene scene = { .mode = SCENE_LEGACY };
	struct stage *stage = &run->stage;

	if (!choose_agent(run))
		return;
	REQUIRE(run, stage_build(stage, &scene, run->unit, run->agent));
	REQUIRE_OK(run, queue_enable(run->unit, true, 0));
	REQUIRE_OK(run, unit_latch_root(run->unit, phys_of(stage->root.entries), TTM_SCALABLE));
	REQUIRE_OK(run, forget_caches(run->unit, TTM_SCALABLE));
	REQUIRE_OK(run, unit_set_translation(run->unit, true));
	run->agent->set_bus_master(run->agent, true);
	fault_clear(run->unit);
	scene_test_write(run, 0, &expect, NULL);
}

static void expect_fault(struct test_run *run, uint8_t reason)
{
	struct outcome expect = FAULTS(reason);

	if (!forget_mode(run))
		return;
	fault_clear(run->unit);
	scene_test_write(run, 0, &expect, NULL);
	remember_mode(run);
}

/* The root entry has an upper half, where a legacy one has none. */
static void run_upper_half(struct test_run *run)
{
	if (!open(run))
		return;
	REQUIRE(run, root_table_context(&run->stage.root, run->agent->sid | SM_CONTEXT_ENTRIES));
	expect_fault(run, FR_LRT_3);
}

static void run_no_neighbour(struct test_run *run)
{
	if (open(run))
		expect_fault(run, FR_LCT_2);
}

/* RID_PASID lies where a legacy entry has AW: 0 is no width. */
static void run_plain_neighbour(struct test_run *run)
{
	struct sm_context_entry entry;
	uint64_t *slot;

	if (!open(run))
		return;
	entry = sm_context(phys_of(run->stage.pasids.directory), 0, 0);
	slot = root_table_context(&run->stage.root, neighbour_sid(run));
	REQUIRE(run, slot);
	entry_store(slot, entry.q, 4, run->stage.root.snooped);
	expect_fault(run, FR_LCT_4);
}

/* ---- silent ones ---- */

/* FPD in a directory and a table entry, which keeps faults quiet, is W for who takes them for pages. */
static void set_quiet(struct neighbour *neighbour)
{
	struct pasid_dir_entry *dir = pasid_table_dir_entry(&neighbour->pasids, 1);

	entry_store_word(dir->q, dir->q[0] | FIELD_MASK(PASIDDIR_FPD), neighbour->pasids.snooped);
}

static bool build_neighbour(struct test_run *run, struct neighbour *neighbour, bool is_quiet)
{
	struct stage *stage = &run->stage;
	struct sm_context_entry context;
	struct pasid_entry entry, *slot;
	uint64_t *context_slot = root_table_context(&stage->root, neighbour_sid(run));

	*neighbour = (struct neighbour){ .block = page_alloc_contiguous(BLOCK_PAGES, BLOCK_PAGES) };
	if (!neighbour->block || !context_slot ||
	    pasid_table_create(&neighbour->pasids, 0, stage->root.snooped) != STATUS_OK)
		return false;
	memcpy(neighbour->block, stage->table.top, PAGE_BYTES);
	neighbour->paging = stage->table;
	neighbour->paging.top = (uint64_t *)(void *)neighbour->block;
	entry = pasid_translated(&neighbour->paging, stage->did);
	field_set(entry.q, PASID_PWSNP, 0);
	field_set(entry.q, PASID_FPD, is_quiet);
	slot = pasid_table_entry(&neighbour->pasids, 1);
	if (!slot)
		return false;
	entry_store(slot->q, entry.q, 8, stage->root.snooped);
	if (is_quiet)
		set_quiet(neighbour);
	context = sm_context(phys_of(neighbour->pasids.directory), 0, 1);
	entry_store(context_slot, context.q, 4, stage->root.snooped);
	return true;
}

static void free_neighbour(struct neighbour *neighbour)
{
	pasid_table_destroy(&neighbour->pasids);
	page_free_contiguous(neighbour->block, BLOCK_PAGES);
}

/* Through the mailbox, while the tables are right. */
static bool load_token(struct test_run *run)
{
	struct stage *stage = &run->stage;
	uint64_t token = TOKEN;

	memcpy(stage->mailbox, &token, sizeof(token));
	cpu_fence();
	return run->agent->load(run->agent, (struct dma_address){ .iova = stage->mailbox_iova },
				TOKEN_AT, sizeof(token));
}

static uint64_t unload_answer(struct test_run *run)
{
	struct stage *stage = &run->stage;
	uint64_t answer = 0;

	memset(stage->mailbox, 0, PAGE_BYTES);
	cpu_fence();
	run->agent->store(run->agent, (struct dma_address){ .iova = stage->mailbox_iova },
			  ANSWER_AT, sizeof(answer));
	cpu_fence();
	memcpy(&answer, stage->mailbox, sizeof(answer));
	return answer;
}

static void expect_no_fault(struct test_run *run)
{
	struct fault_log log;

	fault_collect(run->unit, &log);
	if (log.count)
		test_fail(run, "%u faults for 0, reason %02X", log.count, log.faults[0].reason);
}

static uint64_t word_of(const uint8_t *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

/* The first entry of its top-level table that is used, in bytes: which it is depends on where memory lies. */
static unsigned int used_entry(const struct neighbour *neighbour)
{
	unsigned int at = 0;

	while (at < PAGE_BYTES - sizeof(uint64_t) && !word_of(neighbour->block + at))
		at += sizeof(uint64_t);
	return at;
}

/* The agent reads an address that nobody mapped, and gets the neighbour's page-table entries. */
static void read_tables(struct test_run *run, struct neighbour *neighbour)
{
	const unsigned int at = used_entry(neighbour);
	struct agent *agent = run->agent;

	if (!load_token(run) || !forget_mode(run))
		return;
	fault_clear(run->unit);
	REQUIRE(run, agent->load(agent, (struct dma_address){ .iova = iova(SILENT_ADDRESS + at) },
				 ANSWER_AT, sizeof(uint64_t)));
	expect_no_fault(run);
	if (!remember_mode(run))
		return;
	REQUIRE(run, word_of(neighbour->block + at) != 0);
	if (unload_answer(run) != word_of(neighbour->block + at))
		test_fail(run, "the page table was not read");
}

/* The agent writes to such an address, and the neighbour's page table has a new entry. */
static void write_tables(struct test_run *run, struct neighbour *neighbour)
{
	struct agent *agent = run->agent;
	iova_t address = iova(SILENT_ADDRESS + WRITTEN_BYTES);

	if (!load_token(run) || !forget_mode(run))
		return;
	fault_clear(run->unit);
	REQUIRE(run, agent->store(agent, (struct dma_address){ .iova = address }, TOKEN_AT,
				  sizeof(uint64_t)));
	cpu_fence();
	expect_no_fault(run);
	if (word_of(neighbour->block + WRITTEN_BYTES) != TOKEN)
		test_fail(run, "the page table was not overwritten");
	remember_mode(run);
}

struct accident {
	bool is_quiet; /* the neighbour's entries have FPD set */
	void (*act)(struct test_run *run, struct neighbour *neighbour);
};

LINKED_RUN(run_accident, struct accident, accident)
{
	struct neighbour neighbour;

	if (!open(run))
		return;
	if (build_neighbour(run, &neighbour, accident->is_quiet))
		accident->act(run, &neighbour);
	else
		test_error(run, "no memory for a neighbour's tables");
	free_neighbour(&neighbour);
}

/* PASIDE, which lets requests with PASID in, is translation type "pass-through" of a legacy entry. */
static void run_raw_address(struct test_run *run)
{
	static const struct scene legacy = { .mode = SCENE_LEGACY };
	unsigned int levels = caps_best_levels(&run->unit->caps);
	struct sm_context_entry entry;
	enum landing landing;
	uint64_t *slot;

	/* A legacy entry that passes requests through names a width that the unit has. */
	if (!scene_test_is_possible(run, &legacy) || !open(run))
		return;
	entry = sm_context(phys_of(run->stage.pasids.directory), 0, paging_address_width(levels));
	field_set(entry.q, SMCONTEXT_PASIDE, 1);
	slot = root_table_context(&run->stage.root, neighbour_sid(run));
	REQUIRE(run, slot);
	entry_store(slot, entry.q, 4, run->stage.root.snooped);
	if (!forget_mode(run))
		return;
	fault_clear(run->unit);
	landing = dma_write(&run->stage, &plain_write);
	expect_no_fault(run);
	if (landing != DMA_UNTRANSLATED)
		test_fail(run, "data %s for untranslated", landing_name(landing));
	remember_mode(run);
}

#define TTM_TITLE "Root Table Address Register: TTM"

static const struct test tests[] = {
	{ .id = "mixed.legacy-tables-in-scalable-mode",
	  .title = "legacy tables under TTM 01b block the device: nothing lies where it is looked "
		   "for",
	  .spec = TTM_TITLE "; Scalable-Mode Context-Entry",
	  SCALABLE,
	  .run = run_legacy_tables },
	{ .id = "mixed.scalable-root-in-legacy-mode",
	  .title = "under TTM 00b the upper half of a scalable-mode root entry is reserved",
	  .spec = TTM_TITLE "; Root Entry",
	  SCALABLE,
	  .run = run_upper_half },
	{ .id = "mixed.scalable-context-in-legacy-mode",
	  .title = "under TTM 00b device d is looked for at d/2, where nobody is",
	  .spec = TTM_TITLE "; Context Entry",
	  SCALABLE,
	  .run = run_no_neighbour },
	{ .id = "mixed.scalable-neighbour-in-legacy-mode",
	  .title = "under TTM 00b device d has the entry of device d/2, whose RID_PASID 0 is no "
		   "width",
	  .spec = TTM_TITLE "; Context Entry: AW",
	  SCALABLE,
	  .run = run_plain_neighbour },
	{ .id = "mixed.silent-read-of-tables",
	  .title = "scalable-mode tables under TTM 00b: DMA reads page-table memory, without a "
		   "fault",
	  .spec = TTM_TITLE "; Second-Stage Paging Entries",
	  SCALABLE | NEED(SSTS) | NEED(SAGAW39) | NEED(SSLPS2M),
	  .agent_features = AGENT_BUFFER,
	  .run = LINKED(run_accident, .act = read_tables) },
	{ .id = "mixed.silent-write-to-tables",
	  .title = "scalable-mode tables under TTM 00b: DMA overwrites a page table, without a "
		   "fault",
	  .spec = TTM_TITLE "; Second-Stage Paging Entries",
	  SCALABLE | NEED(SSTS) | NEED(SAGAW39) | NEED(SSLPS2M),
	  .agent_features = AGENT_BUFFER,
	  .run = LINKED(run_accident, .act = write_tables, .is_quiet = true) },
	{ .id = "mixed.silent-raw-address",
	  .title = "scalable-mode tables under TTM 00b: DMA goes to the physical address, without "
		   "a fault",
	  .spec = TTM_TITLE "; Context Entry: TT",
	  SCALABLE | NEED(PT),
	  .agent_features = AGENT_ALONE,
	  .run = run_raw_address },
};

const struct suite suite_mixed = SUITE("mixed", tests);
