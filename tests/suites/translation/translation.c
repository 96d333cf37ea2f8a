/* SPDX-License-Identifier: MIT */
/*
 * DMA goes where the tables say: the same questions to legacy mode and to scalable mode with
 * second stage or pass-through.
 *
 * The plainest promise there is, and the good twin of every test that expects a fault: if these
 * fail, no verdict below means anything. Each request is judged by what memory holds afterwards,
 * at the target, at the address itself untranslated, and around both. Ends of pages and transfers
 * across two of them are asked because a unit that walks once for a request writes behind the
 * first page; the last pages that the tables can map, because "last" is where off-by-one lives
 * (OpenVMM's last mappable byte); 2 MiB and 1 GiB leaves, because their low address bits come from
 * the request and not from the entry.
 */
#include "tests/suites/suites.h"

#define LEGACY_SPEC   "Legacy Mode Address Translation"
#define SCALABLE_SPEC "Scalable Mode Address Translation"

/*
 * One test, asked in legacy mode and in scalable mode, there through `its_stage`. `more` are needs beside the
 * mode's own.
 */
#define IN_MODES(its_stage, name, text, more, ...)                          \
	{ .id = "legacy." name,                                             \
	  .title = text,                                                    \
	  .spec = LEGACY_SPEC,                                              \
	  .needs = (more),                                                  \
	  .scene.mode = SCENE_LEGACY,                                       \
	  __VA_ARGS__ },                                                    \
	{                                                                   \
		.id = "sm." name, .title = text, .spec = SCALABLE_SPEC,     \
		.needs = NEED(SMTS) | (more), .scene.mode = SCENE_SCALABLE, \
		.scene.stage = its_stage, __VA_ARGS__                       \
	}
#define WITH_EACH_STAGE(...) IN_MODES(EACH_STAGE, __VA_ARGS__)
/* What a first stage has not: 3 levels, rights to write but not to read, CAP.SSLPS. */
#define WITHOUT_FIRST_STAGE(...) IN_MODES(STAGE_SECOND, __VA_ARGS__)

#define PASSED_THROUGH(mode_id, mode_needs, scene_mode_value, direction, ...)                \
	{                                                                                    \
		.id = mode_id ".pass-through-" direction,                                    \
		.title = "a pass-through " direction " goes to the address itself",          \
		.spec = "Pass-through Translation", .needs = NEED(PT) | (mode_needs),        \
		.scene.mode = scene_mode_value, .scene.pass_through = true, .expect = LANDS, \
		__VA_ARGS__                                                                  \
	}

static const struct test tests[] = {
	WITH_EACH_STAGE("write", "a write goes where the tables say", 0, .expect = LANDS),
	WITH_EACH_STAGE("read", "a read comes from where the tables say", 0, .dma.is_read = true,
			.expect = LANDS),
	WITH_EACH_STAGE("first-byte-write", "one byte at the start of a page", 0, .dma.bytes = 1,
			.expect = LANDS),
	WITH_EACH_STAGE("first-byte-read", "one byte at the start of a page", 0, .dma.bytes = 1,
			.dma.is_read = true, .expect = LANDS),
	WITH_EACH_STAGE("last-byte-write", "one byte at the end of a page", 0, .dma.bytes = 1,
			.dma.offset = 4095, .expect = LANDS),
	WITH_EACH_STAGE("last-byte-read", "one byte at the end of a page", 0, .dma.bytes = 1,
			.dma.offset = 4095, .dma.is_read = true, .expect = LANDS),
	WITH_EACH_STAGE("second-page", "the second page of the window has its own leaf", 0,
			.dma.offset = 4096, .expect = LANDS),
	WITH_EACH_STAGE("long-write", "1024 bytes within a page", 0, .dma.bytes = 1024,
			.dma.offset = 64, .expect = LANDS),
	WITH_EACH_STAGE("long-read", "1024 bytes within a page", 0, .dma.bytes = 1024,
			.dma.offset = 64, .dma.is_read = true, .expect = LANDS),
	WITH_EACH_STAGE("page-crossing-write", "a write across a page end follows both leaves", 0,
			.dma.bytes = 16, .dma.offset = 4088, .expect = LANDS),
	WITH_EACH_STAGE("page-crossing-read", "a read across a page end follows both leaves", 0,
			.dma.bytes = 16, .dma.offset = 4088, .dma.is_read = true, .expect = LANDS),
	WITHOUT_FIRST_STAGE("levels-3", "tables of 3 levels, 39 bits", NEED(SAGAW39),
			    .scene.levels = 3, .expect = LANDS),
	WITHOUT_FIRST_STAGE("levels-4", "tables of 4 levels, 48 bits", NEED(SAGAW48),
			    .scene.levels = 4, .expect = LANDS),
	WITHOUT_FIRST_STAGE("levels-5", "tables of 5 levels, 57 bits", NEED(SAGAW57),
			    .scene.levels = 5, .expect = LANDS),
	WITH_EACH_STAGE("top-write", "the last pages that the tables can map", 0,
			.scene.is_at_top = true, .expect = LANDS),
	WITH_EACH_STAGE("top-read", "the last pages that the tables can map", 0,
			.scene.is_at_top = true, .dma.is_read = true, .expect = LANDS),
	WITHOUT_FIRST_STAGE("top-levels-3", "the last pages that tables of 3 levels can map",
			    NEED(SAGAW39), .scene.is_at_top = true, .scene.levels = 3,
			    .expect = LANDS),
	WITHOUT_FIRST_STAGE("page-2m-write", "a 2 MiB leaf", NEED(SSLPS2M), .scene.page_shift = 21,
			    .expect = LANDS),
	WITHOUT_FIRST_STAGE("page-2m-read", "a 2 MiB leaf", NEED(SSLPS2M), .scene.page_shift = 21,
			    .dma.is_read = true, .expect = LANDS),
	WITHOUT_FIRST_STAGE("page-2m-crossing", "a write across 4 KiB within a 2 MiB leaf",
			    NEED(SSLPS2M), .scene.page_shift = 21, .dma.bytes = 16,
			    .dma.offset = 4088, .expect = LANDS),
	WITHOUT_FIRST_STAGE("page-1g-write", "a 1 GiB leaf", NEED(SSLPS1G), .scene.page_shift = 30,
			    .expect = LANDS),
	WITHOUT_FIRST_STAGE("page-1g-read", "a 1 GiB leaf", NEED(SSLPS1G), .scene.page_shift = 30,
			    .dma.is_read = true, .expect = LANDS),
	WITHOUT_FIRST_STAGE("page-2m-levels-3", "a 2 MiB leaf in tables of 3 levels",
			    NEED(SSLPS2M) | NEED(SAGAW39), .scene.page_shift = 21,
			    .scene.levels = 3, .expect = LANDS),
	WITH_EACH_STAGE("read-only-page-read", "a read of a page without write permission", 0,
			.poke = { { AT_LEAF, FIELD(SS_W), 0, VALUE_PLAIN } }, .dma.is_read = true,
			.expect = LANDS),
	WITHOUT_FIRST_STAGE("write-only-page-write", "a write to a page without read permission", 0,
			    .poke = { { AT_LEAF, FIELD(SS_R), 0, VALUE_PLAIN } }, .expect = LANDS),

	PASSED_THROUGH("legacy", 0, SCENE_LEGACY, "write", .dma.is_read = false),
	PASSED_THROUGH("legacy", 0, SCENE_LEGACY, "read", .dma.is_read = true),
	PASSED_THROUGH("sm", NEED(SMTS), SCENE_SCALABLE, "write", .dma.is_read = false),
	PASSED_THROUGH("sm", NEED(SMTS), SCENE_SCALABLE, "read", .dma.is_read = true),
};

const struct suite suite_translation = SUITE("translation", tests);
