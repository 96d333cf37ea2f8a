/* SPDX-License-Identifier: MIT */
/*
 * Which bits of an entry are reserved on a given unit: always, or because a capability is absent
 * (chapter "Translation Structure Formats"). Bits the specification leaves open are left out.
 */
#pragma once

#include "iommu/spec/caps.h"
#include "tests/test.h"

/* Root entry: the half with P, in either format. */
uint64_t reserved_root_low(void);

/* Legacy context entry. */
void reserved_context(const struct caps *caps, uint64_t words[2]);

/* Scalable-mode context entry: reserved on every unit. */
void reserved_sm_context(uint64_t words[4]);

/* The same: reserved because this unit lacks ECAP.DT, PASID, PRS, HPTS, PTRS, RPS or RPRIVS. */
void gated_sm_context(const struct caps *caps, uint64_t words[4]);

/* PASID directory entry. */
uint64_t reserved_pasid_dir(void);

/* PASID table entry: on every unit, and for lack of a capability. */
void reserved_pasid(const struct caps *caps, uint64_t words[8]);
void gated_pasid(const struct caps *caps, uint64_t words[8]);

/* Second-stage entry of `level` on the walk of the stage's window; its leaf if it is one. */
uint64_t reserved_second_stage(const struct stage *stage, unsigned int level);

/* The bits of that entry that hardware ignores, where neither SSADE nor EMTE is set; SNP with ECAP.SC, too. */
uint64_t ignored_second_stage(const struct stage *stage, unsigned int level);

/* First-stage entry of `level` on that walk, the same. */
uint64_t reserved_first_stage(const struct stage *stage, unsigned int level);

/* The level of the paging entry at that place of the stage's walk. */
unsigned int reserved_level_of(const struct stage *stage, enum place at);

/* Values 0..7 of an AW field that CAP.SAGAW does not allow, as a set. */
uint64_t unsupported_widths(const struct caps *caps);

/*
 * Each reserved bit of that second-stage entry of the open scene. Bit 62 may land on a unit without
 * ECAP.SSIRWS, since it was TM before revision 3.2: then it is told in a note.
 */
void reserved_second_stage_test(struct test_run *run, enum place at, const struct outcome *expect);

/* A `run` that latches a root table where no memory is; `arg` is the fault reason due. */
void root_unreachable_test(struct test_run *run);
