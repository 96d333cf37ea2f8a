/* SPDX-License-Identifier: MIT */
/* The suites, in the order they run. */
#pragma once

#include "tests/test.h"

extern const struct suite suite_capability;
extern const struct suite suite_dmar;
extern const struct suite suite_global_command;
extern const struct suite suite_history;
extern const struct suite suite_hole;
extern const struct suite suite_device_descriptors;
extern const struct suite suite_device_tlb;
extern const struct suite suite_device_tlb_messages;
extern const struct suite suite_entry_cache;
extern const struct suite suite_ignored;
extern const struct suite suite_interrupt_range;
extern const struct suite suite_invalidation;
extern const struct suite suite_isolation;
extern const struct suite suite_interrupt_cache;
extern const struct suite suite_enhanced_command;
extern const struct suite suite_fuzz;
extern const struct suite suite_interrupt_entries;
extern const struct suite suite_posted_interrupts;
extern const struct suite suite_large_pages;
extern const struct suite suite_legacy_faults;
extern const struct suite suite_mixed;
extern const struct suite suite_mixed_platform;
extern const struct suite suite_mixed_safe;
extern const struct suite suite_modes;
extern const struct suite suite_neighbours;
extern const struct suite suite_page_events;
extern const struct suite suite_page_faults;
extern const struct suite suite_page_queue;
extern const struct suite suite_page_requests;
extern const struct suite suite_page_responses;
extern const struct suite suite_pairs;
extern const struct suite suite_pasid;
extern const struct suite suite_pasid_cache;
extern const struct suite suite_pasid_dma;
extern const struct suite suite_pasid_source;
extern const struct suite suite_protected_memory;
extern const struct suite suite_queue;
extern const struct suite suite_queue_descriptors;
extern const struct suite suite_queue_errors;
extern const struct suite suite_published;
extern const struct suite suite_recording;
extern const struct suite suite_register_access;
extern const struct suite suite_register_events;
extern const struct suite suite_register_invalidation;
extern const struct suite suite_rights;
extern const struct suite suite_scalable;
extern const struct suite suite_remapping;
extern const struct suite suite_requests;
extern const struct suite suite_scalable_faults;
extern const struct suite suite_first_stage;
extern const struct suite suite_first_stage_flags;
extern const struct suite suite_nested;
extern const struct suite suite_second_stage_faults;
extern const struct suite suite_transitions;
extern const struct suite suite_translated_requests;
extern const struct suite suite_translation;
extern const struct suite suite_translation_faults;
extern const struct suite suite_translation_flags;
extern const struct suite suite_translation_requests;
extern const struct suite suite_vcmd;
extern const struct suite suite_vcmd_answers;
extern const struct suite suite_vcmd_pasids;
