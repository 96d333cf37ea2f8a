/* SPDX-License-Identifier: MIT */
/*
 * The fault reason codes of FRCD.FR: number, label and meaning, in the order of the tables "Fault
 * Conditions and Remapping Hardware Behavior for Various Requests" and "Interrupt Remapping Fault
 * Conditions". Needs nothing of the kernel.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * F(code, name, label, qualified, meaning). The label is the specification's condition code; the
 * ones that share a number (LCT.4.1 to LCT.4.3) are one entry. Interrupt conditions have no label
 * there: IR.20 is the code itself. Qualified (Y): not recorded when FPD is set in an entry met on
 * the way; others (N) are always recorded.
 */
#define VTD_FAULT_REASONS(F)                                                                   \
	/* Legacy mode */                                                                      \
	F(0x01, LRT_2, "LRT.2", N, "root entry not present")                                   \
	F(0x02, LCT_2, "LCT.2", Y, "context entry not present")                                \
	F(0x03, LCT_4, "LCT.4", Y, "context entry invalid: AW, TT or SSPTPTR")                 \
	F(0x04, LGN_1, "LGN.1", Y, "address too wide for MGAW, AW or the host")                \
	F(0x05, LGN_2, "LGN.2", Y, "no write permission")                                      \
	F(0x06, LGN_3, "LGN.3", Y, "no read permission")                                       \
	F(0x07, LSS_1, "LSS.1", Y, "access to a second-stage entry failed")                    \
	F(0x08, LRT_1, "LRT.1", N, "access to the root table failed")                          \
	F(0x09, LCT_1, "LCT.1", N, "access to the context table failed")                       \
	F(0x0A, LRT_3, "LRT.3", N, "reserved bits in the root entry")                          \
	F(0x0B, LCT_3, "LCT.3", Y, "reserved bits in the context entry")                       \
	F(0x0C, LSS_2, "LSS.2", Y, "reserved bits in a second-stage entry")                    \
	F(0x0D, LCT_5, "LCT.5", Y, "TT blocks translation and translated requests")            \
	F(0x0E, LGN_4, "LGN.4", Y, "output address in the interrupt range")                    \
	/* Interrupt remapping */                                                              \
	F(0x20, IR_20, "IR.20", N, "reserved bits in a remappable interrupt request")          \
	F(0x21, IR_21, "IR.21", N, "interrupt index beyond the table")                         \
	F(0x22, IR_22, "IR.22", Y, "interrupt remapping entry not present")                    \
	F(0x23, IR_23, "IR.23", N, "access to the interrupt remapping table failed")           \
	F(0x24, IR_24, "IR.24", Y, "reserved bits in the interrupt remapping entry")           \
	F(0x25, IR_25, "IR.25", N, "compatibility format interrupt blocked")                   \
	F(0x26, IR_26, "IR.26", Y, "source-id check of the interrupt failed")                  \
	F(0x27, IR_27, "IR.27", Y, "access to the posted interrupt descriptor failed")         \
	F(0x28, IR_28, "IR.28", Y, "reserved bits in the posted interrupt descriptor")         \
	F(0x29, IR_29, "IR.29", N, "request to the interrupt range is not an interrupt")       \
	F(0x2A, IR_2A, "IR.2A", N, "EIME is clear on hardware that requires it")               \
	F(0x2B, IR_2B, "IR.2B", N, "interrupt remapping is off on hardware that requires it")  \
	/* Root table address register */                                                      \
	F(0x30, RTA_1, "RTA.1", N, "RTADDR: TTM or SSIRWE not supported")                      \
	F(0x31, RTA_2, "RTA.2", N, "request with PASID in legacy mode")                        \
	F(0x32, RTA_3, "RTA.3", N, "page request in legacy mode")                              \
	F(0x33, RTA_4, "RTA.4", N, "request in abort-DMA mode")                                \
	F(0x34, RTA_5, "RTA.5", N, "execute request (major version 8 and later)")              \
	/* Scalable mode: tables */                                                            \
	F(0x38, SRT_1, "SRT.1", N, "access to the root table failed")                          \
	F(0x39, SRT_2, "SRT.2", N, "root entry half not present")                              \
	F(0x3A, SRT_3, "SRT.3", N, "reserved bits in the root entry")                          \
	F(0x40, SCT_1, "SCT.1", N, "access to the context table failed")                       \
	F(0x41, SCT_2, "SCT.2", Y, "context entry not present")                                \
	F(0x42, SCT_3, "SCT.3", Y, "reserved bits in the context entry")                       \
	F(0x43, SCT_4, "SCT.4", Y, "context entry invalid: PRE, RID_PASID or EPTR")            \
	F(0x44, SCT_5, "SCT.5", Y, "translation or translated request, DTE clear")             \
	F(0x45, SCT_6, "SCT.6", Y, "request with PASID, PASIDE clear")                         \
	F(0x46, SCT_7, "SCT.7", Y, "PASID beyond the directory (PDTS)")                        \
	F(0x47, SCT_8, "SCT.8", Y, "page request, PRE clear")                                  \
	F(0x48, SCT_9, "SCT.9", Y, "request with a PASID equal to RID_PASID")                  \
	F(0x49, SCT_10, "SCT.10", Y, "translated request with PASID, EPTR clear")              \
	F(0x50, SPD_1, "SPD.1", N, "access to the PASID directory failed")                     \
	F(0x51, SPD_2, "SPD.2", Y, "PASID directory entry not present")                        \
	F(0x52, SPD_3, "SPD.3", Y, "reserved bits in the PASID directory entry")               \
	F(0x58, SPT_1, "SPT.1", N, "access to the PASID table failed")                         \
	F(0x59, SPT_2, "SPT.2", Y, "PASID entry not present")                                  \
	F(0x5A, SPT_3, "SPT.3", Y, "reserved bits in the PASID entry")                         \
	F(0x5B, SPT_4, "SPT.4", Y, "PASID entry invalid: AW, PGTT, FSPM or FSPTPTR")           \
	F(0x5C, SPT_5, "SPT.5", Y, "execute request, not supported")                           \
	F(0x5D, SPT_6, "SPT.6", Y, "supervisor request, SRE clear")                            \
	F(0x60, SPT_9, "SPT.9", Y, "translated address beyond the host permission table")      \
	/* Scalable mode: first and second stage, general */                                   \
	F(0x70, SFS_1, "SFS.1", Y, "access to a lower first-stage entry failed")               \
	F(0x71, SFS_2, "SFS.2", Y, "first-stage entry not present")                            \
	F(0x72, SFS_3, "SFS.3", Y, "reserved bits in a first-stage entry")                     \
	F(0x73, SFS_4, "SFS.4", Y, "access to the top first-stage entry failed")               \
	F(0x74, SFS_5, "SFS.5", Y, "nested: address in a first-stage entry too wide")          \
	F(0x75, SFS_6, "SFS.6", Y, "nested: no read permission for the top first-stage entry") \
	F(0x76, SFS_7, "SFS.7", Y, "nested: no read permission for a first-stage entry")       \
	F(0x77, SFS_8, "SFS.8", Y, "nested: no write permission to set first-stage flags")     \
	F(0x78, SSS_1, "SSS.1", Y, "access to a lower second-stage entry failed")              \
	F(0x79, SSS_2, "SSS.2", Y, "second-stage entry not present")                           \
	F(0x7A, SSS_3, "SSS.3", Y, "reserved bits in a second-stage entry")                    \
	F(0x7B, SSS_4, "SSS.4", Y, "access to the top second-stage entry failed")              \
	F(0x7C, SSS_5, "SSS.5", Y, "second-stage flags need a snooped walk")                   \
	F(0x7D, SSS_6, "SSS.6", Y, "update of second-stage flags failed")                      \
	F(0x80, SGN_1, "SGN.1", Y, "first-stage input address not canonical")                  \
	F(0x81, SGN_2, "SGN.2", Y, "user request to a supervisor page")                        \
	F(0x83, SGN_4, "SGN.4", Y, "translated or pass-through address too wide")              \
	F(0x84, SGN_5, "SGN.5", Y, "second-stage input address too wide")                      \
	F(0x85, SGN_6, "SGN.6", Y, "no write permission")                                      \
	F(0x86, SGN_7, "SGN.7", Y, "no read permission")                                       \
	F(0x87, SGN_8, "SGN.8", Y, "output address in the interrupt range")                    \
	F(0x89, SGN_10, "SGN.10", Y, "PASID wider than the unit supports")                     \
	F(0x90, SFS_9, "SFS.9", Y, "first-stage flags need a snooped walk")                    \
	F(0x91, SFS_10, "SFS.10", Y, "update of first-stage flags failed")                     \
	F(0xA0, HPT_1, "HPT.1", Y, "access to a host permission entry failed")                 \
	F(0xA1, HPT_2, "HPT.2", Y, "reserved bits in a host permission entry")                 \
	F(0xA2, HPT_3, "HPT.3", Y, "access to the host permission root failed")                \
	F(0xA3, HPT_4, "HPT.4", Y, "host permission table gives no permission")                \
	F(0xA4, HPT_5, "HPT.5", Y, "host permission table gives no write permission")          \
	F(0xA5, HPT_6, "HPT.6", Y, "host permission table gives no read permission")

/* FR_SPT_4 and so on: the codes. */
#define VTD_FAULT_REASON_ENUM_(code, name, label, qualified, meaning) FR_##name = (code),
enum fault_reason_code { VTD_FAULT_REASONS(VTD_FAULT_REASON_ENUM_) };
#undef VTD_FAULT_REASON_ENUM_

struct fault_reason {
	uint8_t code;
	bool qualified;
	const char *label;
	const char *meaning;
};

/* The entry of a code, or NULL when the specification assigns no meaning to it. */
const struct fault_reason *fault_reason_find(uint8_t code);

/* Entry n of the table in ascending order of code, NULL past its end. */
const struct fault_reason *fault_reason_at(unsigned int n);
