/* SPDX-License-Identifier: MIT */
/*
 * What the intel-iommu of QEMU 7.2 does instead of what the specification says, seen with 48 and 39
 * address bits. Sorted by id; docs/DEVIATIONS.md tells each in words.
 */
#include "tests/engine/known.h"

static const char sm_reason_in_legacy[] =
	"the scalable-mode option alone makes legacy mode report 87h";
static const char snp_accepted[] =
	"the scalable-mode option alone lets SNP (bit 11) pass where ECAP.SC is clear";
static const char host_width_unchecked[] =
	"pass-through does not compare addresses with the host address width";
static const char read_unreported[] =
	"a read of the interrupt range is blocked, but nothing is recorded";
static const char wide_address[] = "FI keeps address bits above the largest AGAW";
static const char legacy_reason[] = "scalable mode reports the reason codes of legacy mode";
static const char one_reason[] =
	"one reason, 58h, for whatever is wrong with PASID directory and table";
static const char unchecked[] = "fields that are reserved on this unit are not checked";
static const char never_silent[] =
	"58h stands for qualified conditions too, and FPD never silences it";
static const char pgtt_unchecked[] =
	"PGTT first-stage and nested are walked as second-stage (QEMU b291dae33d repairs it)";
static const char legacy_page_reason[] = "second-stage faults have legacy reasons, and PP=1 with "
					 "RID_PASID though the request had no PASID";
static const char ttm_unchecked[] =
	"TTM is not checked: bit 10 alone decides, and only with the scalable-mode option";
static const char revoked_lives[] =
	"P of a PASID entry is not looked at while the context cache holds the device";
static const char pass_through_aw[] = "AW is checked for pass-through, which should ignore it";
static const char iqa_hidden[] = "IQA's address reads 0 until the queue is turned on";
static const char dw_hidden[] = "IQA.DW never reads back (QEMU 515457757f repairs it)";
static const char type_4_bits[] =
	"the type is read as bits 3:0 only, so 14h counts as 4 (QEMU 663168943d repairs it)";
static const char skipped_unread[] =
	"PASID-cache and PASID-based IOTLB invalidations are skipped unread, in any mode";
static const char upper_unread[] = "the upper half of a 256-bit descriptor is not looked at";
static const char wait_sw_or_if[] = "a wait needs SW or IF (QEMU 57ac646a2e repairs it)";

static const struct known_deviation deviations[] = {
	{ "event.fault-cleared", 0, 0,
	  "status cleared: IP is 1; unmasked after the status was cleared: 1 messages for 0",
	  "IP falls with a write to FSTS, but not when the last F is cleared" },
	{ "fault.legacy-interrupt-range-output", NEED(SMTS), 0, "reason 87 for 0E",
	  sm_reason_in_legacy },
	{ "fault.legacy-leaf-2m-reserved", NEED(SMTS), NEED(SC),
	  "bits 11: data lands for blocked, 0 faults for 1", snp_accepted },
	{ "fault.legacy-leaf-reserved", NEED(SMTS), NEED(SC),
	  "bits 11: data lands for blocked, 0 faults for 1", snp_accepted },
	{ "fault.legacy-pass-through-too-wide", 0, 0, "0 faults for 1", host_width_unchecked },
	{ "fault.legacy-too-wide-3-levels", 0, NEED(SAGAW48), "wrong address", wide_address },
	{ "fault.legacy-too-wide-read", 0, 0, "wrong address", wide_address },
	{ "fault.legacy-too-wide-write", 0, 0, "wrong address", wide_address },
	{ "fault.sm-context-gated", NEED(SMTS), 0,
	  "bits 2-4: data lands for blocked, 0 faults for 1; bits 5-6: reason 0B for 42;"
	  " bits 64-83: reason 58 for 42; bits 84: data lands for blocked, 0 faults for 1",
	  unchecked },
	{ "fault.sm-context-gated", NEED(SMTS) | NEED(DT), 0,
	  "bits 3-4: data lands for blocked, 0 faults for 1; bits 5-6: reason 0B for 42;"
	  " bits 64-83: reason 58 for 42; bits 84: data lands for blocked, 0 faults for 1",
	  unchecked },
	{ "fault.sm-context-not-present", NEED(SMTS), 0, "reason 02 for 41", legacy_reason },
	{ "fault.sm-context-not-present-read", NEED(SMTS), 0, "reason 02 for 41", legacy_reason },
	{ "fault.sm-context-reserved", NEED(SMTS), 0, "bits 7-8,48-63,85-255: reason 0B for 42",
	  legacy_reason },
	{ "fault.sm-context-reserved", NEED(SMTS), 0, "bits 7-8,39-63,85-255: reason 0B for 42",
	  legacy_reason },
	{ "fault.sm-context-unreachable", NEED(SMTS), 0, "reason 09 for 40", legacy_reason },
	{ "fault.sm-dir-not-present", NEED(SMTS), 0, "reason 58 for 51", one_reason },
	{ "fault.sm-dir-reserved", NEED(SMTS), 0,
	  "bits 2-11: data lands for blocked, 0 faults for 1; bits 48-63: reason 58 for 52",
	  unchecked },
	{ "fault.sm-dir-reserved", NEED(SMTS), 0,
	  "bits 2-11: data lands for blocked, 0 faults for 1; bits 39-63: reason 58 for 52",
	  unchecked },
	{ "fault.sm-dir-unreachable", NEED(SMTS), 0, "reason 58 for 50", one_reason },
	{ "fault.sm-fpd-context-silences-dir", NEED(SMTS), 0, "1 faults for 0, reason 58",
	  never_silent },
	{ "fault.sm-fpd-context-silences-pasid", NEED(SMTS), 0, "1 faults for 0, reason 58",
	  never_silent },
	{ "fault.sm-fpd-dir-not-present", NEED(SMTS), 0, "1 faults for 0, reason 58",
	  never_silent },
	{ "fault.sm-fpd-dir-silences-pasid", NEED(SMTS), 0, "1 faults for 0, reason 58",
	  never_silent },
	{ "fault.sm-fpd-not-dir-access", NEED(SMTS), 0, "reason 58 for 50", never_silent },
	{ "fault.sm-fpd-pasid-not-present", NEED(SMTS), 0, "1 faults for 0, reason 58",
	  never_silent },
	{ "fault.sm-pass-through-too-wide", NEED(SMTS), 0, "0 faults for 1", host_width_unchecked },
	{ "fault.sm-pasid-aw", NEED(SMTS), 0, "values 0,3-7: reason 58 for 5B", one_reason },
	{ "fault.sm-pasid-aw", NEED(SMTS), 0, "values 0,2-7: reason 58 for 5B", one_reason },
	{ "fault.sm-pasid-gated", NEED(SMTS), 0,
	  "bits 9,87-90,96-127,130-132,135,140-175,256-258,268-303,"
	  "320-335: data lands for blocked, 0 faults for 1",
	  unchecked },
	{ "fault.sm-pasid-gated", NEED(SMTS), 0,
	  "bits 9,87-90,96-127,130-132,135,140-166,256-258,268-294,"
	  "320-335: data lands for blocked, 0 faults for 1",
	  unchecked },
	{ "fault.sm-pasid-gated", NEED(SMTS) | NEED(SC), 0,
	  "bits 9,87,89-90,96-127,130-132,135,140-175,256-258,268-303,"
	  "320-335: data lands for blocked, 0 faults for 1",
	  unchecked },
	{ "fault.sm-pasid-not-present", NEED(SMTS), 0, "reason 58 for 59", one_reason },
	{ "fault.sm-pasid-not-present-read", NEED(SMTS), 0, "reason 58 for 59", one_reason },
	{ "fault.sm-pasid-reserved", NEED(SMTS), 0,
	  "bits 5,10-11: data lands for blocked, 0 faults for 1;"
	  " bits 48-63: reason 03 for 5A, PP 1 for 0; bits 80-86,91-95,129,136-139,176-255,"
	  "259-267,304-319,336-511: data lands for blocked, 0 faults for 1",
	  unchecked },
	{ "fault.sm-pasid-reserved", NEED(SMTS), 0,
	  "bits 5,10-11: data lands for blocked, 0 faults for 1;"
	  " bits 39-63: reason 03 for 5A, PP 1 for 0; bits 80-86,91-95,129,136-139,167-255,"
	  "259-267,295-319,336-511: data lands for blocked, 0 faults for 1",
	  unchecked },
	{ "fault.sm-pgtt-first-stage", NEED(SMTS), 0, "data lands for blocked, 0 faults for 1",
	  pgtt_unchecked },
	{ "fault.sm-pgtt-nested", NEED(SMTS), 0, "data lands for blocked, 0 faults for 1",
	  pgtt_unchecked },
	{ "fault.sm-pgtt-pass-through", NEED(SMTS), NEED(PT), "reason 58 for 5B", one_reason },
	{ "fault.sm-pgtt-reserved", NEED(SMTS), 0, "values 0,5-7: reason 58 for 5B", one_reason },
	{ "fault.sm-root-not-present", NEED(SMTS), 0, "reason 01 for 39", legacy_reason },
	{ "fault.sm-root-reserved", NEED(SMTS), 0, "bits 65-75,103-127: reason 0A for 3A",
	  legacy_reason },
	{ "fault.sm-root-reserved", NEED(SMTS), 0, "bits 65-75,112-127: reason 0A for 3A",
	  legacy_reason },
	{ "fault.sm-root-reserved", NEED(SMTS), 0, "bits 1-11,48-63: reason 0A for 3A",
	  legacy_reason },
	{ "fault.sm-root-reserved", NEED(SMTS), 0, "bits 1-11,39-63: reason 0A for 3A",
	  legacy_reason },
	{ "fault.sm-root-unreachable", NEED(SMTS), 0, "reason 08 for 38", legacy_reason },
	{ "fault.ss-interrupt-range-output", NEED(SMTS), 0, "PP 1 for 0", legacy_reason },
	{ "fault.ss-last-byte", NEED(SMTS), 0, "reason 05 for 85, PP 1 for 0", legacy_page_reason },
	{ "fault.ss-last-mappable", NEED(SMTS), 0, "reason 05 for 79, PP 1 for 0",
	  legacy_page_reason },
	{ "fault.ss-leaf-1g-reserved", NEED(SMTS), 0,
	  "bits 11: data lands for blocked, 0 faults for 1; bits 12-29,48-51,"
	  "62: reason 0C for 7A, PP 1 for 0",
	  legacy_page_reason },
	{ "fault.ss-leaf-1g-reserved", NEED(SMTS), 0,
	  "bits 11: data lands for blocked, 0 faults for 1; bits 12-29,39-51,"
	  "62: reason 0C for 7A, PP 1 for 0",
	  legacy_page_reason },
	{ "fault.ss-leaf-1g-reserved", NEED(SMTS) | NEED(DT), 0,
	  "bits 11: data lands for blocked, 0 faults for 1; bits 12-29,"
	  "48-51: reason 0C for 7A, PP 1 for 0",
	  legacy_page_reason },
	{ "fault.ss-leaf-1g-reserved", NEED(SMTS) | NEED(SC), 0,
	  "bits 12-29,48-51,62: reason 0C for 7A, PP 1 for 0", legacy_page_reason },
	{ "fault.ss-leaf-2m-reserved", NEED(SMTS), 0,
	  "bits 11: data lands for blocked, 0 faults for 1; bits 12-20,48-51,"
	  "62: reason 0C for 7A, PP 1 for 0",
	  legacy_page_reason },
	{ "fault.ss-leaf-2m-reserved", NEED(SMTS), 0,
	  "bits 11: data lands for blocked, 0 faults for 1; bits 12-20,39-51,"
	  "62: reason 0C for 7A, PP 1 for 0",
	  legacy_page_reason },
	{ "fault.ss-leaf-2m-reserved", NEED(SMTS) | NEED(DT), 0,
	  "bits 11: data lands for blocked, 0 faults for 1; bits 12-20,"
	  "48-51: reason 0C for 7A, PP 1 for 0",
	  legacy_page_reason },
	{ "fault.ss-leaf-2m-reserved", NEED(SMTS) | NEED(SC), 0,
	  "bits 12-20,48-51,62: reason 0C for 7A, PP 1 for 0", legacy_page_reason },
	{ "fault.ss-leaf-not-present-read", NEED(SMTS), 0, "reason 06 for 79, PP 1 for 0",
	  legacy_page_reason },
	{ "fault.ss-leaf-not-present-write", NEED(SMTS), 0, "reason 05 for 79, PP 1 for 0",
	  legacy_page_reason },
	{ "fault.ss-leaf-reserved", NEED(SMTS), 0,
	  "bits 11: data lands for blocked, 0 faults for 1; bits 48-51,"
	  "62: reason 0C for 7A, PP 1 for 0",
	  legacy_page_reason },
	{ "fault.ss-leaf-reserved", NEED(SMTS), 0,
	  "bits 11: data lands for blocked, 0 faults for 1; bits 39-51,"
	  "62: reason 0C for 7A, PP 1 for 0",
	  legacy_page_reason },
	{ "fault.ss-leaf-reserved", NEED(SMTS) | NEED(DT), 0,
	  "bits 11: data lands for blocked, 0 faults for 1; bits 48-51: reason 0C for 7A,"
	  " PP 1 for 0",
	  legacy_page_reason },
	{ "fault.ss-leaf-reserved", NEED(SMTS) | NEED(SC), 0,
	  "bits 48-51,62: reason 0C for 7A, PP 1 for 0", legacy_page_reason },
	{ "fault.ss-no-read", NEED(SMTS), 0, "reason 06 for 86, PP 1 for 0", legacy_page_reason },
	{ "fault.ss-no-read-above", NEED(SMTS), 0, "reason 06 for 86, PP 1 for 0",
	  legacy_page_reason },
	{ "fault.ss-no-write", NEED(SMTS), 0, "reason 05 for 85, PP 1 for 0", legacy_page_reason },
	{ "fault.ss-no-write-2m", NEED(SMTS), 0, "reason 05 for 85, PP 1 for 0",
	  legacy_page_reason },
	{ "fault.ss-no-write-above", NEED(SMTS), 0, "reason 05 for 85, PP 1 for 0",
	  legacy_page_reason },
	{ "fault.ss-no-write-top", NEED(SMTS), 0, "reason 05 for 85, PP 1 for 0",
	  legacy_page_reason },
	{ "fault.ss-nothing-left", NEED(SMTS), 0, "reason 05 for 79, PP 1 for 0",
	  legacy_page_reason },
	{ "fault.ss-pde-not-present", NEED(SMTS), 0, "reason 05 for 79, PP 1 for 0",
	  legacy_page_reason },
	{ "fault.ss-pde-reserved", NEED(SMTS), 0, "bits 11,48-51,62: reason 0C for 7A, PP 1 for 0",
	  legacy_page_reason },
	{ "fault.ss-pde-reserved", NEED(SMTS), 0, "bits 11,39-51,62: reason 0C for 7A, PP 1 for 0",
	  legacy_page_reason },
	{ "fault.ss-pdpe-not-present", NEED(SMTS), 0, "reason 05 for 79, PP 1 for 0",
	  legacy_page_reason },
	{ "fault.ss-pdpe-reserved", NEED(SMTS), 0, "bits 11,48-51,62: reason 0C for 7A, PP 1 for 0",
	  legacy_page_reason },
	{ "fault.ss-pdpe-reserved", NEED(SMTS), 0, "bits 11,39-51,62: reason 0C for 7A, PP 1 for 0",
	  legacy_page_reason },
	{ "fault.ss-table-unreachable", NEED(SMTS), 0, "reason 07 for 78, PP 1 for 0",
	  legacy_page_reason },
	{ "fault.ss-too-wide-3-levels", NEED(SMTS), 0, "reason 04 for 84, PP 1 for 0",
	  legacy_page_reason },
	{ "fault.ss-too-wide-3-levels", NEED(SMTS), 0,
	  "reason 04 for 84, wrong address, PP 1 for 0", legacy_page_reason },
	{ "fault.ss-too-wide-read", NEED(SMTS), 0, "reason 04 for 84, wrong address, PP 1 for 0",
	  legacy_page_reason },
	{ "fault.ss-too-wide-write", NEED(SMTS), 0, "reason 04 for 84, wrong address, PP 1 for 0",
	  legacy_page_reason },
	{ "fault.ss-top-not-present", NEED(SMTS), 0, "reason 05 for 79, PP 1 for 0",
	  legacy_page_reason },
	{ "fault.ss-top-reserved", NEED(SMTS), 0,
	  "bits 7,11,48-51,62: reason 0C for 7A, PP 1 for 0", legacy_page_reason },
	{ "fault.ss-top-reserved", NEED(SMTS), 0, "bits 11,39-51,62: reason 0C for 7A, PP 1 for 0",
	  legacy_page_reason },
	{ "fault.ss-top-unreachable", NEED(SMTS), 0, "reason 03 for 7B, PP 1 for 0",
	  legacy_page_reason },
	{ "fault.ttm-abort-absent-scalable", NEED(SMTS), 0,
	  "data lands for blocked, 0 faults for 1", ttm_unchecked },
	{ "fault.ttm-reserved", NEED(SMTS), 0, "data lands for blocked, 0 faults for 1",
	  ttm_unchecked },
	{ "gcmd.cfi", 0, 0, "GSTS does not follow when the bit goes on", "CFI is ignored" },
	{ "isolation.legacy-interrupt-read", 0, 0, "log.count is 0, should be 1", read_unreported },
	{ "isolation.sm-interrupt-read", NEED(SMTS), 0, "log.count is 0, should be 1",
	  read_unreported },
	{ "isolation.sm-neighbours-only", NEED(SMTS), 0, "reason 02 for 41", legacy_reason },
	{ "isolation.sm-no-context-read", NEED(SMTS), 0, "reason 02 for 41", legacy_reason },
	{ "isolation.sm-no-context-write", NEED(SMTS), 0, "reason 02 for 41", legacy_reason },
	{ "isolation.sm-outside-read", NEED(SMTS), 0, "reason 06 for 79, PP 1 for 0",
	  legacy_page_reason },
	{ "isolation.sm-outside-write", NEED(SMTS), 0, "reason 05 for 79, PP 1 for 0",
	  legacy_page_reason },
	{ "isolation.sm-revoked-directory", NEED(SMTS), 0, "reason 58 for 51", one_reason },
	{ "isolation.sm-revoked-pasid", NEED(SMTS), 0, "data lands for blocked, 0 faults for 1",
	  revoked_lives },
	{ "mixed.legacy-tables-in-scalable-mode", 0, 0, "reason 02 for 41", legacy_reason },
	{ "queue.bad-types-narrow", 0, 0,
	  "types 20,22-23,36,38-39,52,54-55,68,70-71,84,86-87,100,102-103,116,118-119: accepted",
	  type_4_bits },
	{ "queue.bad-types-scalable", 0, 0,
	  "types 20,22-23,36,38-39,52,54-55,68,70-71,84,86-87,100,102-103,116,118-119: accepted",
	  type_4_bits },
	{ "queue.bad-types-wide", 0, 0,
	  "types 20,22-23,36,38-39,52,54-55,68,70-71,84,86-87,100,102-103,116,118-119: accepted",
	  type_4_bits },
	{ "queue.device-tlb-missing", 0, 0, "accepted",
	  "device-TLB invalidation is taken without ECAP.DT" },
	{ "queue.granularity-pasid-cache", 0, 0, "accepted", skipped_unread },
	{ "queue.granularity-pasid-iotlb", 0, 0, "accepted", skipped_unread },
	{ "queue.narrow-in-scalable", 0, 0, "a descriptor is taken",
	  "the width of the queue is not compared with the table mode" },
	{ "queue.recovery-resumes", 0, 0, "nothing is fetched before IQT is written again",
	  "the queue is looked at only when IQT is written" },
	{ "queue.reserved-interrupts", 0, 0, "bits 5-8,12-26,48-127: accepted",
	  "reserved bits of this type are not checked (QEMU 096d96e7be repairs it)" },
	{ "queue.reserved-mode", 0, 0, "a descriptor is taken",
	  "TTM is not compared with the queue" },
	{ "queue.reserved-pasid-cache", 0, 0, "bits 6-8,12-15,52-255: accepted", skipped_unread },
	{ "queue.reserved-pasid-iotlb", 0, 0, "bits 6-8,12-15,52-63,71-75,128-255: accepted",
	  skipped_unread },
	{ "queue.scalable-types-narrow", 0, 0, "types 6-7: accepted", skipped_unread },
	{ "queue.scalable-types-wide", 0, 0, "types 6-7: accepted", skipped_unread },
	{ "queue.tail-bit-4", 0, 0, "no FSTS.IQE",
	  "IQT bit 4 is dropped (QEMU e70e83f561 repairs it)" },
	{ "queue.upper-context", 0, 0, "bits 128-255: accepted", upper_unread },
	{ "queue.upper-interrupts", 0, 0, "bits 128-255: accepted", upper_unread },
	{ "queue.upper-iotlb", 0, 0, "bits 128-255: accepted", upper_unread },
	{ "queue.upper-wait", 0, 0, "bits 128-255: accepted", upper_unread },
	{ "queue.wait-fence", 0, 0, "IQE", wait_sw_or_if },
	{ "queue.wait-none", 0, 0, "IQE", wait_sw_or_if },
	{ "reg.iqa", 0, 0,
	  "64-bit: bits 12-38 stay 0; halves: bits 12-38 stay 0; "
	  "high half first: bits 12-38 stay 0",
	  iqa_hidden },
	{ "reg.iqa", 0, 0,
	  "64-bit: bits 12-47 stay 0; halves: bits 12-47 stay 0; "
	  "high half first: bits 12-47 stay 0",
	  iqa_hidden },
	{ "reg.iqa-dw", NEED(SMTS), 0,
	  "64-bit: bits 11 stay 0; halves: bits 11 stay 0; "
	  "high half first: bits 11 stay 0",
	  dw_hidden },
	{ "reginv.refused-in-scalable", 0, 0,
	  "CCMD: granularity 1 done for none; IOTLB_REG: granularity 1 done for none",
	  "the registers are obeyed in scalable mode, too" },
	{ "sm.pass-through-ignores-aw", NEED(SMTS), 0,
	  "values 0,3-7: data blocked for lands, 1 faults for 0, reason 58", pass_through_aw },
	{ "sm.pass-through-ignores-aw", NEED(SMTS), 0,
	  "values 0,2-7: data blocked for lands, 1 faults for 0, reason 58", pass_through_aw },
	{ "sm.unmap", NEED(SMTS), 0, "unmapped page: reason 05 for 79, PP 1 for 0",
	  legacy_page_reason },
	{ "sm.wrong-half", NEED(SMTS), 0, "reason 01 for 39", legacy_reason },
};

const struct known_profile known_qemu_7_2 = {
	.name = "qemu-7.2",
	.deviations = deviations,
	.count = sizeof(deviations) / sizeof(deviations[0]),
};
