/* SPDX-License-Identifier: MIT */
/*
 * What a device is answered that asks for a translation: permissions, size, and the attributes.
 *
 * The device believes it to the letter and goes around the tables from then on. A W too much is a page
 * that anybody may write; a size too large is all pages around it; U missing on an interrupt address,
 * and messages go as translated writes, which are blocked. Each permission of each stage is taken away
 * by itself, and what a page of each size is answered is compared with where it lies.
 */
#include "arch/page.h"
#include "arch/string.h"
#include "iommu/structures/paging.h"
#include "iommu/structures/publish.h"
#include "iommu/unit/invalidate.h"
#include "tests/engine/platform.h"
#include "tests/scenes/ats_test.h"
#include "tests/suites/suites.h"

#define TRANSLATION_SPEC "Handling of Translation Requests"
#define COMPLETION_SPEC	 "Translation Completion"

#define INTERRUPT_FIRST UINT64_C(0xfee00000)
#define INTERRUPT_END	UINT64_C(0xfef00000)

static bool has(const struct test_run *run, enum capability which)
{
	return caps_has(&run->unit->caps, which);
}

/* ---- R and W ---- */

/* Fields that give a right at one place of the walk. */
static unsigned int second_stage_rights(struct poke *pokes, enum place at, bool read, bool write)
{
	pokes[0] = (struct poke){ at, FIELD(SS_R), read, VALUE_PLAIN };
	pokes[1] = (struct poke){ at, FIELD(SS_W), write, VALUE_PLAIN };
	return 2;
}

static unsigned int first_stage_rights(struct poke *pokes, bool write)
{
	pokes[0] = (struct poke){ AT_LEAF, FIELD(FS_RW), write, VALUE_PLAIN };
	return 1;
}

/* All combinations of rights that the stages of this scene can give: bit 0 R, bit 1 W, bit 2 R/W. */
static void each_right(struct test_run *run, const struct model_request *request, bool is_read_only)
{
	const enum scene_stage stage = run->stage.scene.stage;

	for (unsigned int rights = 0; rights < 8; rights++) {
		const bool read = rights & 1, write = rights & 2, first_write = rights & 4;
		struct ats_due due = { .read = read, .write = write };
		struct poke pokes[POKES_MAX];
		unsigned int count = 0;
		static const char *const labels[] = { "none", "R",     "W",	"RW",
						      "R/W",  "R/W R", "R/W W", "R/W RW" };

		if (stage == STAGE_FIRST && !(read && write))
			continue;
		if (stage == STAGE_SECOND && first_write)
			continue;
		if (stage != STAGE_SECOND) {
			count += first_stage_rights(pokes, first_write);
			due.write &= first_write;
		}
		if (stage != STAGE_FIRST)
			count += second_stage_rights(pokes + count,
						     stage == STAGE_NESTED ? AT_HOST_PAGE : AT_LEAF,
						     read, write);
		due.write &= !is_read_only;
		ats_test_expect_poked(run, pokes, count, request, &due, labels[rights]);
	}
}

static void run_rights(struct test_run *run)
{
	const struct model_request request = ats_test_request(run);

	each_right(run, &request, false);
}

/* NW takes W away where ECAP.NWFS says so, and is ignored elsewhere. */
static void run_no_write(struct test_run *run)
{
	struct model_request request = ats_test_request(run);

	request.no_write = true;
	each_right(run, &request, has(run, CAPABILITY_NWFS));
}

/* Rights of an entry above the leaf count as well. */
static void run_rights_above(struct test_run *run)
{
	const bool is_second = run->stage.scene.stage == STAGE_SECOND;
	const struct model_request request = ats_test_request(run);
	const struct ats_due due = { .read = true };
	const struct poke no_write = {
		AT_LEVEL_3,
		is_second ? FIELD(SS_W) : FIELD(FS_RW),
		0,
		VALUE_PLAIN,
	};

	ats_test_expect_poked(run, &no_write, 1, &request, &due, NULL);
}

/* An answer that is cached for one that asks to read must do for one that asks to write, and back. */
static void run_no_write_first(struct test_run *run)
{
	const struct model_request request = ats_test_request(run);
	struct model_request read_only = request;
	const struct ats_due both = { .read = true, .write = true };
	const struct ats_due read = { .read = true, .write = !has(run, CAPABILITY_NWFS) };

	read_only.no_write = true;
	ats_test_expect(run, &read_only, &read, "read-only first");
	ats_test_expect(run, &request, &both, "then both");
	ats_test_expect(run, &read_only, &read, "read-only again");
}

/* ---- S ---- */

/* Each 4 KiB of the page is answered with all of it; nested, the smaller page of two. */
static void run_size(struct test_run *run)
{
	const bool is_nested = run->stage.scene.stage == STAGE_NESTED;
	struct model_request request = ats_test_request(run);
	const struct ats_due due = {
		.read = true,
		.write = true,
		.page_shift = is_nested ? 12 : run->stage.scene.page_shift,
	};

	ats_test_expect(run, &request, &due, "start");
	request.address += PAGE_BYTES - 1;
	ats_test_expect(run, &request, &due, "end of its first 4 KiB");
}

/* As large as it likes, if only it is where it was asked for. */
static void run_pass_through(struct test_run *run)
{
	const struct model_request request = ats_test_request(run);
	const struct ats_due due = {
		.read = true,
		.write = true,
		.page_shift = ATS_ANY_SIZE,
	};

	ats_test_expect(run, &request, &due, NULL);
}

/* ---- N ---- */

/* By the leaf of the second stage; the first has nothing of the kind. */
static void run_snooped_leaf(struct test_run *run)
{
	const bool is_nested = run->stage.scene.stage == STAGE_NESTED;
	const struct model_request request = ats_test_request(run);
	const struct ats_due plain = { .read = true, .write = true };
	const struct ats_due snooped = { .read = true, .write = true, .snooped = true };
	const struct poke snp = {
		is_nested ? AT_HOST_PAGE : AT_LEAF,
		FIELD(SS_SNP),
		1,
		VALUE_PLAIN,
	};

	ats_test_expect(run, &request, &plain, "SNP clear");
	ats_test_expect_poked(run, &snp, 1, &request, &snooped, "SNP set");
}

static void run_snooped_pasid(struct test_run *run)
{
	static const struct poke pgsnp = { AT_PASID, FIELD(PASID_PGSNP), 1, VALUE_PLAIN };
	const struct model_request request = ats_test_request(run);
	const struct ats_due plain = { .read = true, .write = true };
	const struct ats_due snooped = { .read = true, .write = true, .snooped = true };

	ats_test_expect(run, &request, &plain, "PGSNP clear");
	ats_test_expect_poked(run, &pgsnp, 1, &request, &snooped, "PGSNP set");
}

/* ---- U: the interrupt range ---- */

/* Special conditions S.1 and S.2, at both ends of the range; beside it lies nothing. */
static void run_interrupt_range(struct test_run *run)
{
	static const uint64_t inside[] = { INTERRUPT_FIRST, INTERRUPT_END - 0x1000,
					   INTERRUPT_FIRST + 0x77000 };
	static const uint64_t outside[] = { INTERRUPT_FIRST - 0x1000, INTERRUPT_END };
	static const struct ats_due nothing;
	const struct ats_due message = { .write = true, .untranslated_only = true };
	struct model_request request = ats_test_request(run);

	for (unsigned int i = 0; i < 3; i++) {
		request.address = inside[i];
		request.no_write = false;
		ats_test_expect(run, &request, &message, "to write");
		request.no_write = true;
		ats_test_expect(run, &request, has(run, CAPABILITY_NWFS) ? &nothing : &message,
				"to read only");
	}
	request.no_write = false;
	for (unsigned int i = 0; i < 2; i++) {
		request.address = outside[i];
		ats_test_expect(run, &request, &nothing, "beside it");
	}
}

/* With a PASID it is an address like any other. */
static void run_interrupt_range_pasid(struct test_run *run)
{
	static const struct ats_due nothing;
	const struct ats_due granted = { .read = true, .write = true };
	struct stage *stage = &run->stage;
	struct model_request request = ats_test_request(run);
	const phys_t target = phys(stage_address_of(stage, stage->canary[CANARY_TARGET_0]));

	request.address = INTERRUPT_FIRST;
	ats_test_expect(run, &request, &nothing, "not mapped");
	stage->is_sound = false;
	if (paging_map(&stage->table, iova(INTERRUPT_FIRST), target, 12, ACCESS_BOTH) !=
		    STATUS_OK ||
	    stage_adopt_table(stage, &stage->table) != STATUS_OK) {
		test_error(run, "no memory for a mapping");
		return;
	}
	REQUIRE_OK(run, invalidate_all(run->unit));
	ats_test_expect(run, &request, &granted, "mapped");
}

/* ---- whose request ---- */

/* A device without an entry of its own is refused under its own name, and granted once it has one. */
static void ask_as(struct test_run *run, struct agent *agent, const uint64_t *entry)
{
	const struct model_request request = ats_test_request(run);
	struct endpoint *device = endpoint_of(agent);
	struct stage *stage = &run->stage;
	struct model_answer answer;
	struct fault_log log;

	agent->set_bus_master(agent, true);
	fault_clear(run->unit);
	endpoint_send(device, &request, &answer);
	fault_collect(run->unit, &log);
	EXPECT_EQ(run, answer.completion, MODEL_UNSUPPORTED);
	EXPECT_EQ(run, log.count, 1);
	EXPECT_EQ(run, log.faults[0].sid, agent->sid);
	/* What was not present is cached, if at all, in domain 0. */
	REQUIRE_OK(run, publish_context(run->unit, &stage->root, agent->sid, entry, 0));
	endpoint_send(device, &request, &answer);
	EXPECT_EQ(run, answer.completion, MODEL_SUCCESS);
	EXPECT(run, answer.read && answer.write);
	EXPECT_EQ(run, answer.phys, phys_of(stage->canary[CANARY_TARGET_0]).value);
}

/* Another function, the upper half of the bus, and the same device on another bus. */
static void run_devices(struct test_run *run)
{
	struct root_table *root = &run->stage.root;
	uint64_t entry[4];
	struct agent *agent;

	memcpy(entry, root_table_context(root, run->agent->sid),
	       root_table_context_words(root) * sizeof(*entry));
	for (unsigned int nth = 0; (agent = platform_agent(run->unit, nth)); nth++)
		if (agent != run->agent && endpoint_of(agent))
			ask_as(run, agent, entry);
}

/* ---- pages that reach into the interrupt range ---- */

/* Where a page of each size lies, and whether any of it is in FEEx_xxxxh. */
static const struct {
	unsigned int shift;
	uint64_t phys;
	bool reaches;
	const char *label;
} places[] = {
	{ 12, INTERRUPT_FIRST - 0x1000, false, "page before it" },
	{ 12, INTERRUPT_FIRST, true, "its first page" },
	{ 12, INTERRUPT_END - 0x1000, true, "its last page" },
	{ 12, INTERRUPT_END, false, "page after it" },
	{ 21, 0xfec00000, false, "2 MiB before it" },
	{ 21, 0xfee00000, true, "2 MiB with it" },
	{ 21, 0xff000000, false, "2 MiB after it" },
	{ 30, 0x80000000, false, "1 GiB before it" },
	{ 30, 0xc0000000, true, "1 GiB with it" },
	{ 30, 0x100000000, false, "1 GiB after it" },
};

/* A translation that reaches there is never given out, wherever in the page the request was for. */
static void run_reaching(struct test_run *run)
{
	const bool is_legacy = run->stage.scene.mode == SCENE_LEGACY;
	const unsigned int shift = run->stage.scene.page_shift ? run->stage.scene.page_shift : 12;
	const struct model_request request = ats_test_request(run);
	const struct ats_due granted = {
		.read = true,
		.write = true,
		.page_shift = shift,
		.is_elsewhere = true,
	};
	const struct ats_due refused = {
		.completion = MODEL_ABORTED,
		.reason = is_legacy ? FR_LGN_4 : FR_SGN_8,
	};

	for (unsigned int i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const struct poke to = { AT_LEAF, FIELD(SS_ADDR), places[i].phys >> 12,
					 VALUE_PLAIN };

		if (places[i].shift == shift &&
		    !(places[i].phys >> platform.dmar.host_address_bits))
			ats_test_expect_poked(run, &to, 1, &request,
					      places[i].reaches ? &refused : &granted,
					      places[i].label);
	}
}

/* Where everything passes, what is beside the range passes too, though the answer may reach there. */
static void run_pass_through_beside(struct test_run *run)
{
	struct model_request request = ats_test_request(run);
	const struct ats_due due = {
		.read = true,
		.write = true,
		.page_shift = ATS_ANY_SIZE,
		.is_elsewhere = true,
	};

	request.address = INTERRUPT_FIRST - 0x1000;
	ats_test_expect(run, &request, &due, "before it");
	request.address = INTERRUPT_END;
	ats_test_expect(run, &request, &due, "after it");
}

#define REACHING_TEST(name, what, more, its_stage, shift)                  \
	ATS_TEST_ON((more), ATS_SIZED_SCENE(its_stage, shift), name, what, \
		    TRANSLATION_SPEC " (SGN.8.2)", run_reaching)
#define SIZE_TEST(name, what, more, its_stage, shift)                                       \
	ATS_TEST_ON((more), ATS_SIZED_SCENE(its_stage, shift), name, what, COMPLETION_SPEC, \
		    run_size)
#define ATS_SIZED_SCENE(its_stage, shift)                                           \
	{                                                                           \
		.mode = SCENE_SCALABLE, .stage = (its_stage), .page_shift = (shift) \
	}
#define ATS_LEGACY_SIZED_SCENE(shift)                       \
	{                                                   \
		.mode = SCENE_LEGACY, .page_shift = (shift) \
	}
#define ATS_PASS_THROUGH_SCENE                               \
	{                                                    \
		.mode = SCENE_SCALABLE, .pass_through = true \
	}
#define ATS_SECOND_SCENE                                      \
	{                                                     \
		.mode = SCENE_SCALABLE, .stage = STAGE_SECOND \
	}
#define ATS_NESTED_SCENE                                      \
	{                                                     \
		.mode = SCENE_SCALABLE, .stage = STAGE_NESTED \
	}

static const struct test tests[] = {
	ATS_LEGACY_TEST("rights-legacy", "R and W are those of the entry, legacy mode",
			TRANSLATION_SPEC, run_rights),
	ATS_TEST("rights", "R and W are those of all stages", TRANSLATION_SPEC, run_rights),
	ATS_PASID_TEST("rights-pasid", "R and W are those of all stages, with PASID",
		       TRANSLATION_SPEC, run_rights),
	ATS_LEGACY_TEST("no-write-legacy", "NW takes W away where NWFS is set, legacy mode",
			TRANSLATION_SPEC, run_no_write),
	ATS_TEST("no-write", "NW takes W away where NWFS is set", TRANSLATION_SPEC, run_no_write),
	ATS_PASID_TEST("no-write-pasid", "NW takes W away where NWFS is set, with PASID",
		       TRANSLATION_SPEC, run_no_write),
	ATS_TEST("no-write-first", "a request to read leaves one to write what it is due",
		 TRANSLATION_SPEC, run_no_write_first),
	ATS_TEST("rights-above", "W that is missing above the leaf is not granted",
		 TRANSLATION_SPEC, run_rights_above),
	ATS_TEST_ON(NEED(SSLPS2M), ATS_LEGACY_SIZED_SCENE(21), "size-2m-legacy",
		    "a 2 MiB page is answered as a whole, legacy mode", COMPLETION_SPEC, run_size),
	ATS_TEST_ON(NEED(SSLPS1G), ATS_LEGACY_SIZED_SCENE(30), "size-1g-legacy",
		    "a 1 GiB page is answered as a whole, legacy mode", COMPLETION_SPEC, run_size),
	SIZE_TEST("size-2m", "a 2 MiB page is answered as a whole", NEED(SMTS) | NEED(SSLPS2M),
		  STAGE_SECOND, 21),
	SIZE_TEST("size-1g", "a 1 GiB page is answered as a whole", NEED(SMTS) | NEED(SSLPS1G),
		  STAGE_SECOND, 30),
	SIZE_TEST("size-2m-first", "a 2 MiB page of a first stage is answered as a whole",
		  NEED(SMTS), STAGE_FIRST, 21),
	SIZE_TEST("size-1g-first", "a 1 GiB page of a first stage is answered as a whole",
		  NEED(SMTS) | NEED(FS1GP), STAGE_FIRST, 30),
	SIZE_TEST("size-2m-nested", "a 2 MiB page over smaller ones is answered by these",
		  NEED(SMTS), STAGE_NESTED, 21),
	ATS_LEGACY_TEST("devices-legacy", "each device is answered by its own entry, legacy mode",
			TRANSLATION_SPEC, run_devices),
	ATS_TEST_ON(NEED(SMTS), ATS_SECOND_SCENE, "devices",
		    "each device is answered by its own entry", TRANSLATION_SPEC, run_devices),
	ATS_TEST_ON(NEED(SMTS) | NEED(PT), ATS_PASS_THROUGH_SCENE, "pass-through",
		    "a translation request of a device that passes through is its own answer",
		    COMPLETION_SPEC, run_pass_through),
	ATS_TEST_ON(NEED(SMTS) | NEED(PT), ATS_PASS_THROUGH_SCENE, "pass-through-beside",
		    "passing through, what is beside the interrupt range is answered",
		    COMPLETION_SPEC, run_pass_through_beside),
	ATS_LEGACY_TEST("reaching-legacy",
			"no page of the interrupt range is given out, legacy mode",
			TRANSLATION_SPEC " (LGN.4)", run_reaching),
	REACHING_TEST("reaching", "no page of the interrupt range is given out", NEED(SMTS),
		      STAGE_SECOND, 12),
	REACHING_TEST("reaching-first", "no page of the interrupt range is given out, first stage",
		      NEED(SMTS), STAGE_FIRST, 12),
	REACHING_TEST("reaching-2m", "no 2 MiB that reach into the interrupt range are given out",
		      NEED(SMTS) | NEED(SSLPS2M), STAGE_SECOND, 21),
	REACHING_TEST("reaching-2m-first",
		      "no 2 MiB of a first stage that reach into the interrupt range", NEED(SMTS),
		      STAGE_FIRST, 21),
	REACHING_TEST("reaching-1g", "no 1 GiB that reaches into the interrupt range is given out",
		      NEED(SMTS) | NEED(SSLPS1G), STAGE_SECOND, 30),
	ATS_TEST_ON(NEED(SC), ATS_LEGACY_SCENE, "snooped-legacy",
		    "N is SNP of the leaf, legacy mode", TRANSLATION_SPEC, run_snooped_leaf),
	ATS_TEST_ON(NEED(SMTS) | NEED(SC), ATS_SECOND_SCENE, "snooped", "N is SNP of the leaf",
		    TRANSLATION_SPEC, run_snooped_leaf),
	ATS_TEST_ON(NEED(SMTS) | NEED(SC), ATS_NESTED_SCENE, "snooped-nested",
		    "N is SNP of the second stage's leaf", TRANSLATION_SPEC, run_snooped_leaf),
	ATS_TEST_ON(NEED(SMTS) | NEED(SC), ATS_SCENE, "snooped-pasid-entry",
		    "N is PGSNP of the PASID table entry", TRANSLATION_SPEC, run_snooped_pasid),
	ATS_LEGACY_TEST("interrupt-range-legacy", "U and W for an interrupt address, legacy mode",
			TRANSLATION_SPEC ": S.1 and S.2", run_interrupt_range),
	ATS_TEST("interrupt-range", "U and W for an interrupt address",
		 TRANSLATION_SPEC ": S.1 and S.2", run_interrupt_range),
	ATS_PASID_TEST("interrupt-range-pasid",
		       "with PASID an interrupt address is translated like any other",
		       TRANSLATION_SPEC, run_interrupt_range_pasid),
};

const struct suite suite_translation_requests = SUITE("ats", tests);
