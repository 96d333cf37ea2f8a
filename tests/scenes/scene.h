/* SPDX-License-Identifier: MIT */
/*
 * A scene is what a test wishes for: tables of some mode that translate for one agent. A stage is
 * the scene built: the tables, the pages that DMA may touch, and where each entry lies.
 *
 * The pages are canaries. The window of addresses the agent uses is, wherever it can be, the
 * physical address of pages of our own (the bystanders): a unit that forgets to translate hits
 * those and nobody else.
 */
#pragma once

#include "arch/bits.h"
#include "iommu/structures/context.h"
#include "iommu/structures/paging.h"
#include "iommu/structures/pasid_table.h"
#include "tests/scenes/agent.h"

enum scene_mode { SCENE_NONE, SCENE_LEGACY, SCENE_SCALABLE };

/*
 * Which stage of translation the tables of a scene are of; legacy mode has the second alone. A test
 * about neither leaves it open, or asks each that the unit has.
 */
enum scene_stage {
	STAGE_OF_UNIT, /* the second where the unit has it, else the first */
	STAGE_SECOND,
	STAGE_FIRST,
	STAGE_NESTED,	  /* a first stage that lies below a second one */
	EACH_STAGE,	  /* of a test: it is run once for each of the three that the unit has */
	EACH_FIRST_STAGE, /* of a test: once for each of the last two */
	EITHER_STAGE,	  /* of a test: once for each of the first two */
};

/* All zero but the mode is the plain case: 4 KiB pages, the unit's best levels, read and write. */
struct scene {
	enum scene_mode mode;
	enum scene_stage stage;
	bool pass_through;
	unsigned int levels;	  /* 3, 4 or 5; 0: the most the unit has */
	unsigned int host_levels; /* nested, the second stage's: 3, 4 or 5; 0: the most */
	unsigned int page_shift;  /* 12, 21 or 30; 0: 12 */
	bool is_at_top;		  /* the window is the last that the tables can map */
	bool is_upper; /* of the upper canonical half; without is_at_top: the first there */
	uint32_t rid_pasid;
	/*
	 * Not 0: the tables are those of requests with this PASID. Requests without PASID then have a
	 * table of their own, in which the window's first page leads to the gap.
	 */
	uint32_t pasid;
	unsigned int pdts;
	uint16_t did;	       /* 0: domain 1; DID_LARGEST: the largest that CAP.ND allows */
	bool is_without_queue; /* legacy alone: caches are invalidated by registers */
};

enum { DID_LARGEST = 0xffff };

/* Where a field can be poked. */
enum place {
	AT_NOWHERE,
	AT_ROOT,
	AT_CONTEXT,   /* legacy or scalable, as the scene is */
	AT_PASID_DIR, /* the entries of the scene's PASID, else of RID_PASID */
	AT_PASID,
	AT_LEAF,    /* the paging entry that maps the window's first page */
	AT_LEVEL_2, /* the entries above it */
	AT_LEVEL_3,
	AT_TOP,
	AT_HOST_PAGE,	 /* nested: the second-stage leaf of that page */
	AT_HOST_LEVEL_1, /* and those of the first-stage tables that lead there, from the lowest up */
	AT_HOST_LEVEL_2,
	AT_HOST_LEVEL_3,
	AT_HOST_TOP,
};

/* Values only the machine knows. */
enum poke_value {
	VALUE_PLAIN,		/* `value` as it stands */
	VALUE_NO_MEMORY,	/* page number of an address where no memory is */
	VALUE_INTERRUPT_RANGE,	/* page number within FEEx_xxxxh */
	VALUE_ABOVE_HOST_WIDTH, /* page number with the bit just above the host address width set */
	VALUE_ABOVE_HOST_STAGE, /* page number of the first address that a second stage cannot map */
};

struct poke {
	enum place at;
	struct field field;
	uint64_t value;
	enum poke_value kind;
};

/*
 * The pages DMA may touch. The window maps to the targets, in order; targets and gap are not in the
 * order of the window in memory, so that a transfer that crosses a page tells a walk for each page
 * from a walk for the first one only.
 */
enum canary {
	CANARY_TARGET_0,
	CANARY_TARGET_1,
	CANARY_GAP,	    /* follows target 0 in memory */
	CANARY_BYSTANDER_0, /* at the physical addresses of the window */
	CANARY_BYSTANDER_1,
	CANARY_BYSTANDER_2, /* after the window: not mapped */
	CANARY_COUNT,
};

enum { WINDOW_PAGES = 2 };

/* What the last DMA of this test was seen to leave in them, so that no more is put back than has to be. */
struct canary_state {
	enum { CANARIES_UNKNOWN, CANARIES_PRISTINE, CANARIES_MARKED } kind;
	unsigned int page, offset,
		bytes; /* the mark: a write from this page on, and nothing else */
};

struct stage {
	bool is_up;
	bool is_sound; /* the tables are as the scene says, and nothing else is cached */
	struct canary_state canaries;
	struct scene scene;
	struct unit *unit;
	struct agent *agent;
	uint16_t did;
	struct root_table root;
	struct paging table;
	struct paging host; /* the second stage below `table`, if that is nested */
	uint16_t rid_did;   /* of requests without PASID, where they have a table of their own */
	struct paging rid_table;
	struct pasid_table pasids;
	iova_t window; /* the agent's address of target 0; target 1 follows it */
	iova_t mailbox_iova;
	unsigned int mailbox_pages;
	uint8_t *
		mailbox; /* how the agent's buffer is filled and looked into, or its commands come */
	uint8_t *canary[CANARY_COUNT]; /* NULL where this scene has none */
	void *blocks[2];	       /* what the canaries are cut from */
	unsigned int block_pages[2];
};

/* The scene with STAGE_OF_UNIT told apart. */
struct scene scene_resolved(const struct scene *scene, const struct caps *caps);

/* Field by field: there are gaps between them, which may hold anything. */
bool scene_is_same(const struct scene *a, const struct scene *b);

/* The plain scene in the mode that the unit is best at: scalable, if it has a stage for that. */
struct scene scene_best(const struct caps *caps);

/* The tables that the agent's addresses are looked up in are of a first stage. */
bool scene_is_first_stage(const struct scene *scene);

/* What a stage needs of a unit; 0 for STAGE_OF_UNIT, EACH_STAGE and EITHER_STAGE, which take what there is. */
uint64_t scene_needs(enum scene_stage stage);

/* The unit has that stage; STAGE_OF_UNIT: it has one. */
bool scene_has_stage(enum scene_stage stage, const struct caps *caps);

/*
 * What a unit lacks for a scene, in words; NULL if nothing. Asks for what every scene needs and a
 * test's own list of needs cannot name: its stage, and tables of any depth at all.
 */
const char *scene_obstacle(const struct scene *scene, const struct caps *caps);

/* Builds the tables and pages without telling the unit. False with words in unit_failure(). */
bool stage_build(struct stage *stage, const struct scene *scene, struct unit *unit,
		 struct agent *agent);

/* Turns the unit on with the stage's tables: queue (where the unit has one), root, TE. */
bool stage_raise(struct stage *stage);

/*
 * Puts another scene of the same mode and way to invalidate, for any agent behind the unit, in the place of
 * this one while translation stays on. False, with words in unit_failure(), if it cannot; the stage is then
 * as it was.
 */
bool stage_change(struct stage *stage, const struct scene *scene, struct agent *agent);

/*
 * Brings the unit to rest and frees everything (the agent stays a bus master: it only does what it
 * is told); works for a stage half built, too. False, with
 * words in unit_failure(), if the unit does not come to rest.
 */
bool stage_strike(struct stage *stage);

/* The PASID whose entries the scene is about. */
uint32_t stage_pasid(const struct stage *stage);

/*
 * The 64-bit words of an entry, and whether hardware snoops them; NULL where this stage has none such. Found
 * by walking the tables, so to be asked while they are whole.
 */
uint64_t *stage_words(struct stage *stage, enum place at, bool *is_snooped);

/* Changes one field in memory, flushed and fenced; returns the word it replaced. No invalidation. */
uint64_t stage_poke(struct stage *stage, const struct poke *poke);

/* Puts back what stage_poke() replaced. */
void stage_unpoke(struct stage *stage, const struct poke *poke, uint64_t word);

/*
 * One more than the last address that software may map in the stage's tables: by their levels, and by
 * CAP.MGAW. And one that no unit may translate: for a second stage the same, for a first stage the
 * first address that is not canonical, whatever CAP.MGAW is.
 */
uint64_t stage_address_limit(const struct stage *stage);
uint64_t stage_address_beyond(const struct stage *stage);

/* The first canonical address of a first stage's upper half; what lies between is not canonical. */
uint64_t stage_upper_half(const struct stage *stage);

/* Maps the mailbox in another table, where the agent expects it. False: no memory. */
bool stage_map_mailbox(const struct stage *stage, struct paging *table);

/* That entry is one for the agent's commands, too, not for the window alone. The tables must be whole. */
bool stage_shares_mailbox(const struct stage *stage, enum place at);

/* Another table like the stage's own, empty. STATUS_NO_MEMORY. */
enum status stage_create_table(const struct stage *stage, struct paging *table) MUST_USE;

/* The second stage, if there is one, finds the pages of a table, too: due after it was filled. */
enum status stage_adopt_table(struct stage *stage, const struct paging *table) MUST_USE;

/* A PASID entry for such a table. */
struct pasid_entry stage_pasid_entry(const struct stage *stage, const struct paging *table,
				     uint16_t did);

/* A physical address in a page of the stage's tables. */
bool stage_owns_table(const struct stage *stage, uint64_t phys);

/* Where the entries of the stage's tables say that a page of ours lies. */
uint64_t stage_address_of(const struct stage *stage, const void *page);

/* The field of an entry, of the PASID table or a context table, that leads to the stage's tables. */
struct field stage_pointer_field(const struct stage *stage);

/* Page `page` of the window leads to a canary, in memory: flushed and fenced, not invalidated. */
void stage_redirect(struct stage *stage, unsigned int page, enum canary to);

/*
 * The page-selective invalidation that a change of a leaf of the window asks for: 2^address_mask pages,
 * page `page` of the window among them, of domain `did`; leaf_only is IH.
 */
enum status stage_forget_pages(struct stage *stage, uint16_t did, unsigned int page,
			       unsigned int address_mask, bool leaf_only) MUST_USE;

/* The same for any address that is aligned to the range. */
enum status stage_forget_range(struct stage *stage, uint16_t did, iova_t from,
			       unsigned int address_mask, bool leaf_only) MUST_USE;

/* The level of the leaf that maps the window (1, 2 or 3). */
unsigned int stage_leaf_level(const struct stage *stage);

/* A physical address below the host address width where no memory is. */
phys_t stage_no_memory(const struct stage *stage);
