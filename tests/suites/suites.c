/* SPDX-License-Identifier: MIT */
#include "tests/suites/suites.h"

#include "tests/engine/runner.h"

const struct suite *const suites[] = {
	&suite_dmar,
	&suite_capability,
	&suite_register_access,
	&suite_translation,
	&suite_queue,
	&suite_queue_descriptors,
	&suite_queue_errors,
	&suite_device_tlb,
	&suite_register_events,
	&suite_global_command,
	&suite_register_invalidation,
	&suite_protected_memory,
	&suite_scalable,
	&suite_invalidation,
	&suite_entry_cache,
	&suite_legacy_faults,
	&suite_scalable_faults,
	&suite_second_stage_faults,
	&suite_requests,
	&suite_recording,
	&suite_mixed_platform,
	&suite_mixed,
	&suite_mixed_safe,
	&suite_modes,
	&suite_transitions,
	&suite_isolation,
	&suite_neighbours,
	&suite_interrupt_range,
	&suite_remapping,
	&suite_interrupt_entries,
	&suite_interrupt_cache,
	&suite_vcmd,
	&suite_vcmd_pasids,
	&suite_vcmd_answers,
	&suite_pasid,
	&suite_pasid_source,
	&suite_pasid_dma,
	&suite_pasid_cache,
	&suite_hole,
};

const unsigned int suite_count = sizeof(suites) / sizeof(suites[0]);
