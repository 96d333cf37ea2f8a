/* SPDX-License-Identifier: MIT */
/*
 * What a translation request leaves in the tables, and what a privileged one is told.
 *
 * The device's later accesses are not seen by the unit, so the flags must be set when it asks: A always,
 * D where it may write. D set for a request that only reads, or on a page that is read-only, makes the
 * owner write out pages that nobody changed; D missing loses what was written. QEMU set D without write
 * permission, and left it out where A was set before (dc1b8aed9f4d, fa6ecaa066fb): so each start is
 * combined with each request and each permission. PRIV repeats what was asked for; EXE and G are never
 * set.
 */
#include "arch/print.h"
#include "iommu/structures/entry.h"
#include "iommu/unit/invalidate.h"
#include "tests/scenes/ats_test.h"
#include "tests/suites/suites.h"

#define FLAGS_SPEC	 "Handling of Translation Requests"
#define TRANSLATION_SPEC "Handling of Translation Requests"

/* ---- accessed and dirty flags ---- */

/* The flags of one kind of entry, and the bit that lets write. */
struct flags {
	uint64_t accessed, dirty, write;
};

static const struct flags first_stage = { FIELD_MASK(FS_A), FIELD_MASK(FS_D), FIELD_MASK(FS_RW) };
static const struct flags second_stage = { FIELD_MASK(SS_A), FIELD_MASK(SS_D), FIELD_MASK(SS_W) };

/* A leaf that leads to the window's first page, and its flags. */
struct leaf {
	uint64_t *entry;
	const struct flags *flags;
	bool is_snooped;
};

static struct leaf leaf_of(struct stage *stage)
{
	return (struct leaf){
		.entry = paging_entry(&stage->table, stage->window, 1),
		.flags = stage->table.stage == FIRST_STAGE ? &first_stage : &second_stage,
		.is_snooped = stage->table.snooped,
	};
}

static struct leaf host_leaf_of(struct stage *stage)
{
	const uint64_t address = stage_address_of(stage, stage->canary[CANARY_TARGET_0]);

	return (struct leaf){
		.entry = paging_entry(&stage->host, iova(address), 1),
		.flags = &second_stage,
		.is_snooped = stage->host.snooped,
	};
}

static bool set(struct test_run *run, const struct leaf *leaf, uint64_t bits)
{
	const struct flags *flags = leaf->flags;

	entry_store_word(leaf->entry,
			 (*leaf->entry & ~(flags->accessed | flags->dirty | flags->write)) | bits,
			 leaf->is_snooped);
	if (invalidate_all(run->unit) == STATUS_OK)
		return true;
	test_fail(run, "invalidation: %s", unit_failure(run->unit));
	return false;
}

/* A is set, D if it was or if writing was granted. */
static void try(struct test_run *run, const struct leaf *leaf, bool a, bool d, bool write, bool nw)
{
	const struct flags *flags = leaf->flags;
	const bool is_read_only = nw && caps_has(&run->unit->caps, CAPABILITY_NWFS);
	const struct ats_due due = { .read = true, .write = write && !is_read_only };
	struct model_request request = ats_test_request(run);
	char label[40];

	print_to(label, sizeof(label), "A %u D %u W %u NW %u", a, d, write, nw);
	if (!set(run, leaf,
		 (a ? flags->accessed : 0) | (d ? flags->dirty : 0) | (write ? flags->write : 0)))
		return;
	request.no_write = nw;
	ats_test_expect(run, &request, &due, label);
	if (!(*leaf->entry & flags->accessed))
		test_fail(run, "%s: A is clear after it", label);
	if (!(*leaf->entry & flags->dirty) == (d || due.write))
		test_fail(run, "%s: D is %u after it", label, !(d || due.write));
}

static void try_all(struct test_run *run, const struct leaf *leaf)
{
	for (unsigned int i = 0; i < 16; i++)
		try(run, leaf, i & 1, i & 2, i & 4, i & 8);
}

static bool enable_second_stage_flags(struct test_run *run)
{
	static const struct poke ssade = { AT_PASID, FIELD(PASID_SSADE), 1, VALUE_PLAIN };

	return run->stage.scene.stage == STAGE_FIRST || ats_test_poke(run, &ssade);
}

static void run_flags(struct test_run *run)
{
	struct leaf leaf;

	if (!enable_second_stage_flags(run))
		return;
	leaf = leaf_of(&run->stage);
	try_all(run, &leaf);
}

/* Nested: the second stage's flags of the page, with the first stage's set before. */
static void run_host_flags(struct test_run *run)
{
	struct leaf above, leaf;

	if (!enable_second_stage_flags(run))
		return;
	above = leaf_of(&run->stage);
	leaf = host_leaf_of(&run->stage);
	if (set(run, &above, first_stage.accessed | first_stage.dirty | first_stage.write))
		try_all(run, &leaf);
}

/* Without SSADE a second stage has no flags. */
static void run_no_flags(struct test_run *run)
{
	const struct leaf leaf = leaf_of(&run->stage);
	const struct ats_due due = { .read = true, .write = true };
	const struct model_request request = ats_test_request(run);

	if (!set(run, &leaf, second_stage.write))
		return;
	ats_test_expect(run, &request, &due, NULL);
	EXPECT_EQ(run, *leaf.entry & (second_stage.accessed | second_stage.dirty), 0);
}

/* D is needed for the second request, though the first was answered and may be cached. */
static void run_dirty_later(struct test_run *run)
{
	const struct ats_due both = { .read = true, .write = true };
	const struct ats_due read = { .read = true };
	struct model_request request = ats_test_request(run);
	struct leaf leaf;

	if (!enable_second_stage_flags(run))
		return;
	leaf = leaf_of(&run->stage);
	if (!set(run, &leaf, leaf.flags->write))
		return;
	request.no_write = true;
	ats_test_expect(run, &request, &read, "to read");
	EXPECT_EQ(run, *leaf.entry & leaf.flags->dirty, 0);
	request.no_write = false;
	ats_test_expect(run, &request, &both, "to write");
	EXPECT_EQ(run, *leaf.entry & leaf.flags->dirty, leaf.flags->dirty);
}

/* ---- privilege ---- */

static const struct poke supervisor_enable = { AT_PASID, FIELD(PASID_SRE), 1, VALUE_PLAIN };

static void run_privileged(struct test_run *run)
{
	const struct ats_due user = { .read = true, .write = true };
	const struct ats_due privileged = { .read = true, .write = true, .privileged = true };
	struct model_request request = ats_test_request(run);

	if (!ats_test_poke(run, &supervisor_enable))
		return;
	ats_test_expect(run, &request, &user, "user");
	request.privileged = true;
	ats_test_expect(run, &request, &privileged, "privileged");
	request.privileged = false;
	ats_test_expect(run, &request, &user, "user again");
}

/* A supervisor's page, and what WPE makes of one that is read-only. */
static void run_privileged_page(struct test_run *run)
{
	static const struct poke page = { AT_LEAF, FIELD(FS_US), 0, VALUE_PLAIN };
	static const struct poke read_only[] = {
		{ AT_LEAF, FIELD(FS_RW), 0, VALUE_PLAIN },
		{ AT_PASID, FIELD(PASID_WPE), 1, VALUE_PLAIN },
	};
	const struct ats_due all = { .read = true, .write = true, .privileged = true };
	const struct ats_due read = { .read = true, .privileged = true };
	static const struct ats_due nothing;
	struct model_request request = ats_test_request(run);

	if (!ats_test_poke(run, &supervisor_enable) || !ats_test_poke(run, &page))
		return;
	ats_test_expect(run, &request, &nothing, "user");
	request.privileged = true;
	ats_test_expect(run, &request, &all, "privileged");
	ats_test_expect_poked(run, read_only, 1, &request, &all, "read-only, WPE clear");
	ats_test_expect_poked(run, read_only, 2, &request, &read, "read-only, WPE set");
}

/* RID_PRIV gives the rights of a privileged request, but PRIV stays clear. */
static void run_rid_priv(struct test_run *run)
{
	static const struct poke page = { AT_LEAF, FIELD(FS_US), 0, VALUE_PLAIN };
	static const struct poke rid_priv = { AT_CONTEXT, FIELD(SMCONTEXT_RID_PRIV), 1,
					      VALUE_PLAIN };
	const struct ats_due all = { .read = true, .write = true };
	static const struct ats_due nothing;
	const struct model_request request = ats_test_request(run);

	if (!ats_test_poke(run, &supervisor_enable) || !ats_test_poke(run, &page))
		return;
	ats_test_expect(run, &request, &nothing, "RID_PRIV clear");
	ats_test_expect_poked(run, &rid_priv, 1, &request, &all, "RID_PRIV set");
}

#define FLAGS_FIRST_SCENE                                    \
	{                                                    \
		.mode = SCENE_SCALABLE, .stage = STAGE_FIRST \
	}
#define FLAGS_SECOND_SCENE                                    \
	{                                                     \
		.mode = SCENE_SCALABLE, .stage = STAGE_SECOND \
	}
#define FLAGS_NESTED_SCENE                                    \
	{                                                     \
		.mode = SCENE_SCALABLE, .stage = STAGE_NESTED \
	}
#define FLAGS_PASID_SCENE                                                        \
	{                                                                        \
		.mode = SCENE_SCALABLE, .stage = STAGE_FIRST, .pasid = ATS_PASID \
	}
#define SNOOPED (NEED(SMTS) | NEED(SMPWCS))

static const struct test tests[] = {
	ATS_TEST_ON(SNOOPED, FLAGS_FIRST_SCENE, "flags-first",
		    "QEMU dc1b8aed9f4d: A and D of a first stage, by request and permission",
		    FLAGS_SPEC, run_flags),
	ATS_TEST_ON(SNOOPED | NEED(SSADS), FLAGS_SECOND_SCENE, "flags-second",
		    "A and D of a second stage, by request and permission", FLAGS_SPEC, run_flags),
	ATS_TEST_ON(SNOOPED | NEED(SSADS), FLAGS_NESTED_SCENE, "flags-nested",
		    "A and D of a first stage that is nested", FLAGS_SPEC, run_flags),
	ATS_TEST_ON(SNOOPED | NEED(SSADS), FLAGS_NESTED_SCENE, "flags-below",
		    "A and D of the second stage below", FLAGS_SPEC, run_host_flags),
	ATS_TEST_ON(NEED(SMTS), FLAGS_SECOND_SCENE, "flags-off",
		    "without SSADE no flags are set in a second stage", FLAGS_SPEC, run_no_flags),
	ATS_TEST_ON(SNOOPED | NEED(NWFS), FLAGS_FIRST_SCENE, "dirty-later-first",
		    "QEMU fa6ecaa066fb: D is set by a request to write after one to read",
		    FLAGS_SPEC, run_dirty_later),
	ATS_TEST_ON(SNOOPED | NEED(NWFS) | NEED(SSADS), FLAGS_SECOND_SCENE, "dirty-later-second",
		    "D of a second stage is set by a request to write after one to read",
		    FLAGS_SPEC, run_dirty_later),
	ATS_TEST_ON(NEED(SMTS) | NEED(PASID) | NEED(SRS), ATS_PASID_SCENE, "privileged",
		    "PRIV repeats what was asked for", TRANSLATION_SPEC, run_privileged),
	ATS_TEST_ON(NEED(SMTS) | NEED(PASID) | NEED(SRS), FLAGS_PASID_SCENE, "privileged-page",
		    "a supervisor's page is granted to privileged requests", TRANSLATION_SPEC,
		    run_privileged_page),
	ATS_TEST_ON(NEED(SMTS) | NEED(SRS) | NEED(RPRIVS), FLAGS_FIRST_SCENE, "rid-priv",
		    "RID_PRIV grants as a privileged request, with PRIV clear", TRANSLATION_SPEC,
		    run_rid_priv),
};

const struct suite suite_translation_flags = SUITE("ats", tests);
