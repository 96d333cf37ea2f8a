/* SPDX-License-Identifier: MIT */
#include "tests/mixed/topologies.h"

#define ALL_SCALABLE HAS_SCALABLE_UNIT
#define MIXED	     (HAS_SCALABLE_UNIT | HAS_LEGACY_UNIT)

#define TOPOLOGY(text, words, set)                                           \
	{                                                                    \
		.name = (text), .plan = { .topo = (words) }, .traits = (set) \
	}

/* clang-format off */
const struct mixed_topology mixed_topologies[] = {
	/* one unit */
	TOPOLOGY("sm", "sm", ALL_SCALABLE | GOES_DOWN),
	TOPOLOGY("legacy", "legacy", HAS_LEGACY_UNIT),
	TOPOLOGY("sm+vcs", "sm+vcs", ALL_SCALABLE | GOES_DOWN),
	TOPOLOGY("sm+vcs-pas", "sm+vcs-pas-fps", ALL_SCALABLE),
	TOPOLOGY("sm+vcs-draft", "sm+vcs-draft", ALL_SCALABLE | VCMD_DRAFT_ONLY),
	TOPOLOGY("first", "sm-ssts+fsts", ALL_SCALABLE | GOES_DOWN),
	TOPOLOGY("nested", "sm+fsts+nest", ALL_SCALABLE | GOES_DOWN),
	TOPOLOGY("esrtps", "sm+esrtps", ALL_SCALABLE | ALL_ESRTPS | GOES_DOWN),
	TOPOLOGY("keeps-caches", "sm+defect=te_off_keeps_caches",
		 ALL_SCALABLE | KEEPS_CACHES | GOES_DOWN),

	/* two units that agree, or not, on the mode */
	TOPOLOGY("sm/sm", "sm,sm", ALL_SCALABLE | GOES_DOWN),
	TOPOLOGY("sm/legacy", "sm,legacy", MIXED),
	TOPOLOGY("legacy/sm", "legacy,sm", MIXED),
	TOPOLOGY("legacy/legacy-qi", "legacy,legacy-qi-ir-eim", HAS_LEGACY_UNIT),
	TOPOLOGY("sm/sm-ssts", "sm,sm-ssts", ALL_SCALABLE | SECOND_LACKS_SSTS),
	TOPOLOGY("first/legacy", "sm-ssts+fsts,legacy", MIXED),
	TOPOLOGY("nested+vcs/legacy", "sm+fsts+nest+vcs,legacy", MIXED),
	TOPOLOGY("sm/absent-0", "sm,sm+absent=0", ALL_SCALABLE | HAS_ABSENT_UNIT),
	TOPOLOGY("sm/absent-ones", "sm,sm+absent=ones", ALL_SCALABLE | HAS_ABSENT_UNIT),
	TOPOLOGY("sm/no-scope", "sm,sm+unreported", ALL_SCALABLE | HAS_STRAY_DEVICE),

	/* one mode, and two stages */
	TOPOLOGY("first/first", "sm-ssts+fsts,sm-ssts+fsts", ALL_SCALABLE | GOES_DOWN),
	TOPOLOGY("sm/first", "sm,sm-ssts+fsts", ALL_SCALABLE | SECOND_LACKS_SSTS),
	TOPOLOGY("nested/first+vcs", "sm+fsts+nest,sm-ssts+fsts+vcs",
		 ALL_SCALABLE | SECOND_LACKS_SSTS | VCMD_ON_SECOND),
	TOPOLOGY("first/sm", "sm-ssts+fsts,sm", ALL_SCALABLE | SECOND_LACKS_FSTS),

	/* one mode, other differences */
	{ .name = "pss-20/pss-8",
	  .plan = { .topo = "sm,sm+pss=7", .process_count = 300 },
	  .traits = ALL_SCALABLE | FEW_PASIDS_ON_SECOND },
	TOPOLOGY("width-48/width-39", "sm-sagaw39,sm+aw=39",
		 ALL_SCALABLE | NO_COMMON_WIDTH | GOES_DOWN),
	TOPOLOGY("levels-5/4/3", "sm+aw=57+sagaw=8,sm+sagaw=4,sm+sagaw=2",
		 ALL_SCALABLE | NO_COMMON_WIDTH | GOES_DOWN),
	TOPOLOGY("levels-3/4-legacy", "legacy+sagaw=2+mgaw=38,legacy+sagaw=4",
		 HAS_LEGACY_UNIT | NO_COMMON_WIDTH),
	TOPOLOGY("snooped/not", "sm,sm-c-smpwcs", ALL_SCALABLE | WALKS_NOT_SNOOPED | GOES_DOWN),
	TOPOLOGY("sm/sm+cm", "sm,sm+cm", ALL_SCALABLE | SECOND_CACHES_NEW | GOES_DOWN),
	TOPOLOGY("esrtps/sm", "sm+esrtps,sm", ALL_SCALABLE | SECOND_LACKS_ESRTPS | GOES_DOWN),
	TOPOLOGY("pt/no-pt", "sm,sm-pt", ALL_SCALABLE | SECOND_LACKS_PT | GOES_DOWN),
	TOPOLOGY("sc/no-sc", "sm,sm-sc", ALL_SCALABLE | SECOND_LACKS_SC),

	/* where PASIDs come from */
	TOPOLOGY("vcs/vcs-shared", "sm+vcs+shared*2", ALL_SCALABLE),
	TOPOLOGY("vcs/vcs-private", "sm+vcs*2", ALL_SCALABLE | VCMD_PRIVATE),
	TOPOLOGY("vcs/sm", "sm+vcs,sm", ALL_SCALABLE | VCMD_ON_FIRST | GOES_DOWN),
	TOPOLOGY("sm/vcs", "sm,sm+vcs", ALL_SCALABLE | VCMD_ON_SECOND),
	TOPOLOGY("vcs/legacy", "sm+vcs,legacy", MIXED),
	TOPOLOGY("vcs-3.3/vcs-draft", "sm+vcs+shared,sm+vcs-draft+shared",
		 ALL_SCALABLE | VCMD_ON_FIRST),

	/* the allocator fails */
	TOPOLOGY("vcmd-silent", "sm+vcs+never-answers", ALL_SCALABLE | VCMD_FAILS),
	TOPOLOGY("vcmd-exhausted", "sm+vcs+status=16", ALL_SCALABLE | VCMD_FAILS),
	TOPOLOGY("vcs/vcmd-silent", "sm+vcs+shared,sm+vcs+shared+never-answers",
		 ALL_SCALABLE | VCMD_FAILS | FAILS_ON_SECOND),
	TOPOLOGY("vcmd-pasid-0", "sm+vcs+offers-pasid-0", ALL_SCALABLE | VCMD_LIES),
	TOPOLOGY("vcmd-same-twice", "sm+vcs+offers-same-twice", ALL_SCALABLE | VCMD_LIES),
	{ .name = "default-live",
	  .plan = { .topo = "sm+vcs", .default_pasids_live = 1 },
	  .traits = ALL_SCALABLE | VCMD_FAILS },
	{ .name = "no-pasid-memory",
	  .plan = { .topo = "sm+vcs", .has_no_pasid_memory = true },
	  .traits = ALL_SCALABLE | VCMD_FAILS },

	/* what an earlier stage left on */
	TOPOLOGY("sm-left-on", "sm+entry=sm-on", ALL_SCALABLE | FOUND_ON | GOES_DOWN),
	TOPOLOGY("legacy-left-on", "sm+entry=legacy-on", ALL_SCALABLE | FOUND_ON),
	TOPOLOGY("qi-ir-left-on", "sm+entry=qi-on,sm+entry=ir-on", ALL_SCALABLE | FOUND_ON),

	/* the machine's own unit, and very many */
	{ .name = "real/sm",
	  .plan = { .topo = "sm", .has_real_unit = true },
	  .traits = ALL_SCALABLE | NEEDS_REAL_SCALABLE | GOES_DOWN },
	{ .name = "real/legacy",
	  .plan = { .topo = "legacy", .has_real_unit = true },
	  .traits = MIXED | NEEDS_REAL_SCALABLE },
	TOPOLOGY("sm*64", "sm*64", ALL_SCALABLE | GOES_DOWN),
};
/* clang-format on */

const unsigned int mixed_topology_count = sizeof(mixed_topologies) / sizeof(mixed_topologies[0]);
