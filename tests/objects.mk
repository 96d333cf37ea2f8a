# SPDX-License-Identifier: MIT
# One name per line, sorted.
TEST_OBJS := \
	tests/agents/edu.c \
	tests/agents/endpoint.c \
	tests/bench.c \
	tests/bit_ranges.c \
	tests/defects.c \
	tests/dma.c \
	tests/known.c \
	tests/known_qemu_7_2.c \
	tests/main.c \
	tests/modelled.c \
	tests/pasid_test.c \
	tests/platform.c \
	tests/queue_test.c \
	tests/runner.c \
	tests/scene.c \
	tests/scene_test.c \
	tests/suites/capability.c \
	tests/suites/dmar.c \
	tests/suites/entry_cache.c \
	tests/suites/global_command.c \
	tests/suites/hole.c \
	tests/suites/invalidation.c \
	tests/suites/isolation.c \
	tests/suites/legacy_faults.c \
	tests/suites/modes.c \
	tests/suites/neighbours.c \
	tests/suites/pasid.c \
	tests/suites/pasid_cache.c \
	tests/suites/pasid_dma.c \
	tests/suites/pasid_source.c \
	tests/suites/protected_memory.c \
	tests/suites/queue.c \
	tests/suites/queue_descriptors.c \
	tests/suites/queue_errors.c \
	tests/suites/recording.c \
	tests/suites/register_access.c \
	tests/suites/register_events.c \
	tests/suites/register_invalidation.c \
	tests/suites/requests.c \
	tests/suites/reserved.c \
	tests/suites/scalable.c \
	tests/suites/scalable_faults.c \
	tests/suites/second_stage_faults.c \
	tests/suites/stale.c \
	tests/suites/suites.c \
	tests/suites/translation.c \
	tests/suites/vcmd.c \
	tests/suites/vcmd_answers.c \
	tests/suites/vcmd_pasids.c \
	tests/tap.c \
	tests/topology.c \
	tests/topology_table.c \
	tests/topology_words.c \
	tests/vcmd_test.c
# The reference model: in the kernel, and in programs on the build machine.
MODEL_SOURCES := \
	tests/model/caches.c \
	tests/model/commands.c \
	tests/model/config.c \
	tests/model/defects.c \
	tests/model/faults.c \
	tests/model/interrupts.c \
	tests/model/invalidate.c \
	tests/model/legacy.c \
	tests/model/page_request.c \
	tests/model/queue.c \
	tests/model/registers.c \
	tests/model/scalable.c \
	tests/model/second_stage.c \
	tests/model/transfer.c \
	tests/model/translate.c \
	tests/model/unit.c \
	tests/model/vcmd.c
