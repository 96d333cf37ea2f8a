/* SPDX-License-Identifier: MIT */
/*
 * What a walk through the first stage leaves in its entries, and what of them a unit may keep.
 *
 * Accessed and dirty flags are always on in a first stage, and they need a walk that snoops: where it
 * does not, software sets them beforehand and a unit that misses one must say so (90h) instead of
 * writing memory behind the processor's back. A flag too few costs an operating system a page that it
 * takes for clean; so D is asked of a read, of a write, and of a write after a read that cached the
 * page. A page-selective invalidation of a first stage names PASID, domain and address, and with IH it
 * leaves what is above the leaf; one too narrow is a page that somebody else owns by now.
 */
#include "iommu/structures/entry.h"
#include "iommu/unit/invalidate.h"
#include "tests/scenes/scene_test.h"
#include "tests/suites/caches/stale.h"
#include "tests/suites/suites.h"

#define FLAGS_SPEC  "Accessed, Extended Accessed, and Dirty Flags"
#define SNOOP_SPEC  "Snoop Behavior"
#define PIOTLB_SPEC "PASID-based IOTLB Invalidate Descriptor (P_IOTLB)"

#define VISITED (FIELD_MASK(FS_A) | FIELD_MASK(FS_EA) | FIELD_MASK(FS_D))

static const struct dma plain_write;
static const struct dma plain_read = { .is_read = true };

static uint64_t *entry_of(const struct stage *stage, unsigned int level)
{
	return paging_entry(&stage->table, stage->window, level);
}

/* Flags of each entry of the walk to the window's first page, as given. */
static void set_flags(struct stage *stage, uint64_t leaf, uint64_t above)
{
	const unsigned int lowest = stage_leaf_level(stage);

	for (unsigned int level = lowest; level <= stage->table.levels; level++) {
		uint64_t *entry = entry_of(stage, level);

		entry_store_word(entry, (*entry & ~VISITED) | (level == lowest ? leaf : above),
				 stage->table.snooped);
	}
}

static void expect_flags(struct test_run *run, uint64_t leaf, uint64_t above, const char *when)
{
	const unsigned int lowest = stage_leaf_level(&run->stage);

	for (unsigned int level = lowest; level <= run->stage.table.levels; level++) {
		uint64_t seen = *entry_of(&run->stage, level) & VISITED;
		uint64_t due = level == lowest ? leaf : above;

		if (seen != due)
			test_fail(run, "%s, level %u: flags %llx for %llx", when, level,
				  (unsigned long long)seen, (unsigned long long)due);
	}
}

/* The tables are open, without any flag, and nothing of them is cached. */
static bool open_clean(struct test_run *run)
{
	if (!scene_test_open(run, &run->scene, &plain_write))
		return false;
	run->stage.is_sound = false;
	set_flags(&run->stage, 0, 0);
	if (invalidate_all(run->unit) == STATUS_OK)
		return true;
	test_fail(run, "invalidation: %s", unit_failure(run->unit));
	return false;
}

/* A transfer through the mailbox, which has other entries of the tables in part: the page is what counts. */
static bool reads(struct test_run *run)
{
	return dma_read(&run->stage, &plain_read) &&
	       dma_read_result(&run->stage, &plain_read) == DMA_LANDED;
}

static void run_accessed(struct test_run *run)
{
	const uint64_t a = FIELD_MASK(FS_A);

	if (!open_clean(run))
		return;
	EXPECT(run, reads(run));
	expect_flags(run, a, a, "after a read");
	EXPECT_EQ(run, dma_hit(&run->stage, 0), CANARY_TARGET_0);
	expect_flags(run, a | FIELD_MASK(FS_D), a, "after a write");
}

static void run_dirty(struct test_run *run)
{
	const uint64_t a = FIELD_MASK(FS_A);

	if (!open_clean(run))
		return;
	EXPECT_EQ(run, dma_hit(&run->stage, 0), CANARY_TARGET_0);
	expect_flags(run, a | FIELD_MASK(FS_D), a, "after a write");
}

/* An atomic operation writes, too. */
static void run_dirty_atomic(struct test_run *run)
{
	static const struct dma atomic = { .is_atomic = true };
	const uint64_t a = FIELD_MASK(FS_A);

	if (!open_clean(run))
		return;
	EXPECT_EQ(run, dma_hit_by(&run->stage, &atomic), CANARY_TARGET_0);
	expect_flags(run, a | FIELD_MASK(FS_D), a, "after an atomic operation");
}

/* A write that is refused may leave A behind, but no D. */
static void run_refused(struct test_run *run)
{
	static const struct outcome refused = FAULTS(FR_SGN_6);
	static const struct poke read_only = { .at = AT_LEAF, .field = FIELD(FS_RW) };

	if (!open_clean(run))
		return;
	stage_poke(&run->stage, &read_only);
	if (scene_test_write(run, 0, &refused, NULL) &&
	    *entry_of(&run->stage, 1) & FIELD_MASK(FS_D))
		test_fail(run, "D is set by a write that was refused");
}

/* EA beside A, where EAFE asks for it and only there. */
static void run_extended(struct test_run *run)
{
	static const struct poke enable = { AT_PASID, FIELD(PASID_EAFE), 1, VALUE_PLAIN };
	const uint64_t both = FIELD_MASK(FS_A) | FIELD_MASK(FS_EA);

	if (!open_clean(run))
		return;
	stage_poke(&run->stage, &enable);
	REQUIRE_OK(run, invalidate_all(run->unit));
	EXPECT(run, reads(run));
	expect_flags(run, both, both, "after a read with EAFE");
}

/* The open tables get these flags, and the unit does not snoop its walk. */
static bool make_unsnooped(struct test_run *run, uint64_t leaf, uint64_t above)
{
	const struct poke unsnooped = { .at = AT_PASID, .field = FIELD(PASID_PWSNP) };

	run->stage.is_sound = false;
	set_flags(&run->stage, leaf, above);
	if (caps_has(&run->unit->caps, CAPABILITY_SMPWCS))
		stage_poke(&run->stage, &unsnooped);
	if (invalidate_all(run->unit) == STATUS_OK)
		return true;
	test_fail(run, "invalidation: %s", unit_failure(run->unit));
	return false;
}

/* Which entry of the walk flags are missing in, and which. */
struct missing_flags {
	unsigned int above_leaf; /* 0: the leaf */
	uint64_t flags;
};

/*
 * The rest is there. A unit that lets the write pass all the same has at least to leave the flags behind: else
 * software takes the page for clean, or for one that nobody uses.
 */
LINKED_RUN(run_unsnooped, struct missing_flags, missing)
{
	static const struct outcome refused = FAULTS(FR_SFS_9);
	static const struct outcome lands = LANDS;
	const uint64_t a = FIELD_MASK(FS_A);
	struct stage *stage = &run->stage;
	uint64_t *entry;

	if (!scene_test_open(run, &run->scene, &plain_write) ||
	    !make_unsnooped(run, a | FIELD_MASK(FS_D), a) ||
	    !scene_test_write(run, 0, &lands, "with all flags set"))
		return;
	entry = entry_of(stage, stage_leaf_level(stage) + missing->above_leaf);
	entry_store_word(entry, *entry & ~missing->flags, stage->table.snooped);
	REQUIRE_OK(run, invalidate_all(run->unit));
	if (!scene_test_write(run, 0, &refused, "with one flag missing") &&
	    dma_hit(stage, 0) == CANARY_TARGET_0 && (*entry & missing->flags) != missing->flags)
		test_fail(run, "nor is it set");
}

/*
 * A read needs no D: it passes without, snooped or not, and leaves none behind. One before, while all is as
 * software made it, sets what the mailbox's own entries need.
 */
static void run_unsnooped_read(struct test_run *run)
{
	const uint64_t a = FIELD_MASK(FS_A);

	if (!scene_test_open(run, &run->scene, &plain_write))
		return;
	REQUIRE(run, reads(run));
	if (!make_unsnooped(run, a, a))
		return;
	EXPECT(run, reads(run));
	expect_flags(run, a, a, "after a read");
	/* Without A in the leaf it is refused, as others ask; where it passes nevertheless it is still a read. */
	if (!make_unsnooped(run, 0, a))
		return;
	if (reads(run) && *entry_of(&run->stage, stage_leaf_level(&run->stage)) & FIELD_MASK(FS_D))
		test_fail(run, "a read sets D");
	fault_clear(run->unit);
}

/* ---- what may be kept ---- */

/* The leaf's own translation goes, with IH (`arg`) and without. */
static void run_page_selective(struct test_run *run)
{
	struct stage *stage = &run->stage;

	if (!stale_open(run))
		return;
	stage_redirect(stage, 0, CANARY_GAP);
	if (!stale_is_kept(run, 0, CANARY_TARGET_0))
		return;
	REQUIRE_OK(run, stage_forget_pages(stage, stage->did, 0, 0, run->test->arg));
	stale_expect_hit(run, 0, CANARY_GAP,
			 run->test->arg ? "after the invalidation with IH"
					: "after the invalidation");
}

/* PASID-selective, without a PASID on the bus: entries of such requests carry RID_PASID. */
static void run_rid_pasid(struct test_run *run)
{
	struct stage *stage = &run->stage;
	struct pasid_invalidation what = {
		.granularity = PIOTLB_PASID,
		.did = stage->did,
	};

	if (!stale_open(run))
		return;
	what.did = stage->did;
	what.pasid = stage->scene.rid_pasid;
	stage_redirect(stage, 0, CANARY_GAP);
	if (!stale_is_kept(run, 0, CANARY_TARGET_0))
		return;
	REQUIRE_OK(run, invalidate_pasid_iotlb(run->unit, what));
	stale_expect_hit(run, 0, CANARY_GAP, "after the invalidation of RID_PASID");
}

/* Another PASID, another domain: what was kept stays. `arg` is 1 for the domain. */
static void run_elsewhere(struct test_run *run)
{
	struct stage *stage = &run->stage;
	struct pasid_invalidation what = { .granularity = PIOTLB_PASID };

	if (!stale_open(run))
		return;
	what.did = (uint16_t)(stage->did + run->test->arg);
	what.pasid = stage->scene.rid_pasid + !run->test->arg;
	stage_redirect(stage, 0, CANARY_GAP);
	if (!stale_is_kept(run, 0, CANARY_TARGET_0))
		return;
	REQUIRE_OK(run, invalidate_pasid_iotlb(run->unit, what));
	if (dma_hit(stage, 0) == CANARY_TARGET_0)
		return;
	if (stale_is_required(run))
		test_fail(run, "an entry that was not named did not survive");
	else
		test_skip(run, "unit %u forgets more than it is asked to, which is allowed",
			  run->unit->index);
}

/* A right that is taken away above the leaf, with the page itself cached: IH=0 reaches it. */
static void run_rights_above(struct test_run *run)
{
	static const struct outcome refused = FAULTS(FR_SGN_2);
	static const struct poke supervisor = { .at = AT_LEVEL_3, .field = FIELD(FS_US) };
	struct stage *stage = &run->stage;

	if (!stale_open(run))
		return;
	stage_poke(stage, &supervisor);
	REQUIRE_OK(run, stage_forget_pages(stage, stage->did, 0, 18, false));
	scene_test_write(run, 0, &refused, "after the invalidation");
}

/* A page that was not present and is from now on needs no invalidation, whatever CAP.CM says. */
static void run_made_present(struct test_run *run)
{
	static const struct outcome not_present = FAULTS(FR_SFS_2);
	static const struct outcome lands = LANDS;
	static const struct poke gone = { .at = AT_LEAF, .field = FIELD(FS_P) };
	uint64_t word;

	if (!scene_test_open(run, &run->scene, &plain_write))
		return;
	run->stage.is_sound = false;
	word = stage_poke(&run->stage, &gone);
	REQUIRE_OK(run, invalidate_all(run->unit));
	if (!scene_test_write(run, 0, &not_present, "not present"))
		return;
	stage_unpoke(&run->stage, &gone, word);
	scene_test_write(run, 0, &lands, "made present");
}

#define ON_FIRST_STAGE(more, ...)                                       \
	.needs = NEED(SMTS) | (more),                                   \
	.scene = { .mode = SCENE_SCALABLE, .stage = EACH_FIRST_STAGE }, \
	.flags = TEST_SHARES_STAGE, .run = __VA_ARGS__

/* The same with all bits of a domain-id. */
#define BY_LARGEST_DOMAIN(...)                                                              \
	.needs = NEED(SMTS),                                                                \
	.scene = { .mode = SCENE_SCALABLE, .stage = EACH_FIRST_STAGE, .did = DID_LARGEST }, \
	.flags = TEST_SHARES_STAGE, .run = __VA_ARGS__

/* The same over leaves of another size. */
#define OVER_PAGES(more, shift, ...)                                                           \
	.needs = NEED(SMTS) | (more),                                                          \
	.scene = { .mode = SCENE_SCALABLE, .stage = EACH_FIRST_STAGE, .page_shift = (shift) }, \
	.flags = TEST_SHARES_STAGE, .run = __VA_ARGS__
#define DIRTY(size, more, shift)                                                        \
	{                                                                               \
		.id = "fs.dirty-" size, .title = "a write sets D in a leaf of " size,   \
		.spec = FLAGS_SPEC, OVER_PAGES(NEED(SMPWCS) | (more), shift, run_dirty) \
	}
#define UNSNOOPED(name, what, more, shift, ...)                                \
	{                                                                      \
		.id = "fs.unsnooped-" name,                                    \
		.title = what " blocks a write where the walk does not snoop", \
		.spec = SNOOP_SPEC " (SFS.9)",                                 \
		OVER_PAGES(more, shift, LINKED(run_unsnooped, __VA_ARGS__))    \
	}

static const struct test tests[] = {
	{ .id = "fs.accessed",
	  .title = "a read sets A on every level and no D; a write after it sets D",
	  .spec = FLAGS_SPEC,
	  ON_FIRST_STAGE(NEED(SMPWCS), run_accessed),
	  .agent_features = AGENT_BUFFER },
	{ .id = "fs.dirty",
	  .title = "a write sets A on every level, and D in the leaf",
	  .spec = FLAGS_SPEC,
	  ON_FIRST_STAGE(NEED(SMPWCS), run_dirty) },
	DIRTY("2m", 0, 21),
	DIRTY("1g", NEED(FS1GP), 30),
	{ .id = "fs.dirty-atomic",
	  .title = "so does an atomic operation",
	  .spec = FLAGS_SPEC,
	  ON_FIRST_STAGE(NEED(SMPWCS), run_dirty_atomic),
	  .agent_features = AGENT_ATOMIC },
	{ .id = "fs.dirty-refused",
	  .title = "a write that is refused sets no D",
	  .spec = FLAGS_SPEC,
	  ON_FIRST_STAGE(NEED(SMPWCS), run_refused) },
	{ .id = "fs.extended-accessed",
	  .title = "EAFE: EA is set beside A",
	  .spec = FLAGS_SPEC,
	  ON_FIRST_STAGE(NEED(SMPWCS) | NEED(EAFS), run_extended),
	  .agent_features = AGENT_BUFFER },
	UNSNOOPED("accessed-leaf", "A missing in the leaf", 0, 12, .flags = FIELD_MASK(FS_A)),
	UNSNOOPED("accessed-pde", "A missing in the page directory", 0, 12, .above_leaf = 1,
		  .flags = FIELD_MASK(FS_A)),
	UNSNOOPED("accessed-pml4", "A missing at level 4", 0, 12, .above_leaf = 3,
		  .flags = FIELD_MASK(FS_A)),
	UNSNOOPED("dirty", "D missing in the leaf", 0, 12, .flags = FIELD_MASK(FS_D)),
	UNSNOOPED("untouched", "A and D missing in the leaf", 0, 12,
		  .flags = FIELD_MASK(FS_A) | FIELD_MASK(FS_D)),
	UNSNOOPED("untouched-2m", "A and D missing in a 2 MiB leaf", 0, 21,
		  .flags = FIELD_MASK(FS_A) | FIELD_MASK(FS_D)),
	UNSNOOPED("untouched-1g", "A and D missing in a 1 GiB leaf", NEED(FS1GP), 30,
		  .flags = FIELD_MASK(FS_A) | FIELD_MASK(FS_D)),
	{ .id = "fs.unsnooped-read",
	  .title = "a read passes without D where the walk does not snoop, and sets none",
	  .spec = SNOOP_SPEC,
	  ON_FIRST_STAGE(0, run_unsnooped_read),
	  .agent_features = AGENT_BUFFER },
	{ .id = "fs.piotlb-leaf-only",
	  .title = "a page-selective invalidation with IH reaches the leaf",
	  .spec = PIOTLB_SPEC ": IH",
	  ON_FIRST_STAGE(0, run_page_selective),
	  .arg = true },
	{ .id = "fs.piotlb-upper",
	  .title = "a page-selective invalidation reaches the upper canonical half",
	  .spec = PIOTLB_SPEC ": ADDR",
	  .needs = NEED(SMTS) | NEED(FSTS),
	  .scene = { .mode = SCENE_SCALABLE, .stage = STAGE_FIRST, .is_upper = true },
	  .flags = TEST_SHARES_STAGE,
	  .run = run_page_selective },
	{ .id = "fs.piotlb-rid-pasid",
	  .title = "the invalidation of RID_PASID reaches requests without PASID",
	  .spec = PIOTLB_SPEC,
	  ON_FIRST_STAGE(0, run_rid_pasid) },
	{ .id = "fs.piotlb-page-largest",
	  .title = "a page-selective invalidation by the largest domain-id",
	  .spec = PIOTLB_SPEC ": DID",
	  BY_LARGEST_DOMAIN(run_page_selective) },
	{ .id = "fs.piotlb-rid-pasid-largest",
	  .title = "the invalidation of RID_PASID by the largest domain-id",
	  .spec = PIOTLB_SPEC ": DID",
	  BY_LARGEST_DOMAIN(run_rid_pasid) },
	{ .id = "fs.piotlb-other-pasid",
	  .title = "the invalidation of another PASID leaves requests without PASID alone",
	  .spec = PIOTLB_SPEC,
	  ON_FIRST_STAGE(0, run_elsewhere),
	  .arg = 0 },
	{ .id = "fs.piotlb-other-domain",
	  .title = "the invalidation of RID_PASID leaves it alone in other domains",
	  .spec = PIOTLB_SPEC,
	  ON_FIRST_STAGE(0, run_elsewhere),
	  .arg = 1 },
	{ .id = "fs.rights-above",
	  .title = "U/S taken away above the leaf counts after a page-selective invalidation",
	  .spec = "Caches for Paging Structures",
	  ON_FIRST_STAGE(0, run_rights_above) },
	{ .id = "fs.made-present",
	  .title = "a page made present needs no invalidation, with CAP.CM or without",
	  .spec = "Caching Mode",
	  ON_FIRST_STAGE(0, run_made_present) },
};

const struct suite suite_first_stage_flags = SUITE("fs", tests);
