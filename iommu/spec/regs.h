/* SPDX-License-Identifier: MIT */
/*
 * VT-d registers and their fields, in the order of the specification's register chapter
 * (rev 5.10, "Register Descriptions"). Every field is the manual's own bit pair, stated once.
 * Needs nothing of the kernel: the reference model and the host tests include it as it is.
 */
#pragma once

#include "arch/bits.h"

#define VTD_SPEC_REVISION "5.10"

/*
 * How software may access a register. A register whose fields differ is named after the strictest
 * rule a careless write would break:
 *	RO	writes change nothing
 *	RW	plain read and write
 *	W1C	writing 1 clears: never written as read-modify-write
 *	COMMAND	a write starts something: never written as read-modify-write
 */
enum register_access { ACCESS_RO, ACCESS_RW, ACCESS_W1C, ACCESS_COMMAND };

/* R(name, offset, bits, access): the registers that lie at fixed offsets. */
#define VTD_REGISTERS(R)                    \
	R(VER, 0x000, 32, RO)               \
	R(CAP, 0x008, 64, RO)               \
	R(ECAP, 0x010, 64, RO)              \
	R(GCMD, 0x018, 32, COMMAND)         \
	R(GSTS, 0x01C, 32, RO)              \
	R(RTADDR, 0x020, 64, RW)            \
	R(CCMD, 0x028, 64, COMMAND)         \
	R(FSTS, 0x034, 32, W1C)             \
	R(FECTL, 0x038, 32, RW)             \
	R(FEDATA, 0x03C, 32, RW)            \
	R(FEADDR, 0x040, 32, RW)            \
	R(FEUADDR, 0x044, 32, RW)           \
	R(PMEN, 0x064, 32, COMMAND)         \
	R(PLMBASE, 0x068, 32, RW)           \
	R(PLMLIMIT, 0x06C, 32, RW)          \
	R(PHMBASE, 0x070, 64, RW)           \
	R(PHMLIMIT, 0x078, 64, RW)          \
	R(IQH, 0x080, 64, RO)               \
	R(IQT, 0x088, 64, COMMAND)          \
	R(IQA, 0x090, 64, RW)               \
	R(ICS, 0x09C, 32, W1C)              \
	R(IECTL, 0x0A0, 32, RW)             \
	R(IEDATA, 0x0A4, 32, RW)            \
	R(IEADDR, 0x0A8, 32, RW)            \
	R(IEUADDR, 0x0AC, 32, RW)           \
	R(IQERCD, 0x0B0, 64, RO)            \
	R(IRTA, 0x0B8, 64, RW)              \
	R(PQH, 0x0C0, 64, RW)               \
	R(PQT, 0x0C8, 64, RW)               \
	R(PQA, 0x0D0, 64, RW)               \
	R(PRS, 0x0DC, 32, W1C)              \
	R(PECTL, 0x0E0, 32, RW)             \
	R(PEDATA, 0x0E4, 32, RW)            \
	R(PEADDR, 0x0E8, 32, RW)            \
	R(PEUADDR, 0x0EC, 32, RW)           \
	R(MTRRCAP, 0x100, 64, RO)           \
	R(MTRRDEF, 0x108, 64, RW)           \
	R(MTRR_FIX64K_00000, 0x120, 64, RW) \
	R(MTRR_FIX4K_F8000, 0x170, 64, RW)  \
	R(MTRR_PHYSBASE0, 0x180, 64, RW)    \
	R(MTRR_PHYSMASK9, 0x218, 64, RW)    \
	R(ECMD, 0x400, 64, COMMAND)         \
	R(ECEO, 0x408, 64, RW)              \
	R(ECRSP, 0x410, 64, RO)             \
	R(RDTC, 0xDC0, 64, RW)              \
	R(VCMD, 0xE00, 64, COMMAND)         \
	R(VCMDEO, 0xE08, 64, RW)            \
	R(VCRSP, 0xE10, 64, RO)             \
	R(VCCAP, 0xE30, 64, RO)

#define VTD_REGISTER_OFFSET_(name, offset, bits, access) REG_##name = (offset),
enum vtd_register { VTD_REGISTERS(VTD_REGISTER_OFFSET_) };
#undef VTD_REGISTER_OFFSET_

/* Registers found through CAP.FRO and ECAP.IRO: offsets within their block. */
#define REG_IVA_IN_BLOCK   0x0
#define REG_IOTLB_IN_BLOCK 0x8
#define IOTLB_BLOCK_BYTES  16u
#define FRCD_BYTES	   16u

/* CAP.FRO and ECAP.IRO count 16-byte steps. */
#define REGISTER_BLOCK_BYTES 16u

/* Version Register */
#define VER_MAX 7, 4
#define VER_MIN 3, 0

/* Capability Register */
#define CAP_ND	    2, 0
#define CAP_AFL	    3, 3 /* until rev 3.4 */
#define CAP_RWBF    4, 4
#define CAP_PLMR    5, 5
#define CAP_PHMR    6, 6
#define CAP_CM	    7, 7
#define CAP_SAGAW   12, 8
#define CAP_MGAW    21, 16
#define CAP_ZLR	    22, 22
#define CAP_FRO	    33, 24
#define CAP_SSLPS   37, 34
#define CAP_PSI	    39, 39
#define CAP_NFR	    47, 40
#define CAP_MAMV    53, 48
#define CAP_DWD	    54, 54
#define CAP_DRD	    55, 55
#define CAP_FS1GP   56, 56
#define CAP_PI	    59, 59
#define CAP_FS5LP   60, 60
#define CAP_ECMDS   61, 61
#define CAP_ESIRTPS 62, 62
#define CAP_ESRTPS  63, 63

/* CAP.SAGAW is a set: bit n means n + 2 levels (1: 39 bits, 2: 48 bits, 3: 57 bits). */
#define SAGAW_3_LEVEL 1u
#define SAGAW_4_LEVEL 2u
#define SAGAW_5_LEVEL 3u

/* CAP.SSLPS is a set too. */
#define SSLPS_2M 0u
#define SSLPS_1G 1u

/* Extended Capability Register */
#define ECAP_C	     0, 0
#define ECAP_QI	     1, 1
#define ECAP_DT	     2, 2
#define ECAP_IR	     3, 3
#define ECAP_EIM     4, 4
#define ECAP_PT	     6, 6
#define ECAP_SC	     7, 7
#define ECAP_IRO     17, 8
#define ECAP_MHMV    23, 20
#define ECAP_ECS     24, 24 /* rev 2.x; 0 since */
#define ECAP_MTS     25, 25
#define ECAP_NEST    26, 26
#define ECAP_PRS     29, 29
#define ECAP_ERS     30, 30
#define ECAP_SRS     31, 31
#define ECAP_NWFS    33, 33
#define ECAP_EAFS    34, 34
#define ECAP_PSS     39, 35
#define ECAP_PASID   40, 40
#define ECAP_DIT     41, 41
#define ECAP_PDS     42, 42
#define ECAP_SMTS    43, 43
#define ECAP_VCS     44, 44
#define ECAP_SSADS   45, 45
#define ECAP_SSTS    46, 46
#define ECAP_FSTS    47, 47
#define ECAP_SMPWCS  48, 48
#define ECAP_RPS     49, 49
#define ECAP_TDXCS   50, 50
#define ECAP_PMS     51, 51
#define ECAP_ADMS    52, 52
#define ECAP_RPRIVS  53, 53
#define ECAP_HPTS    55, 55
#define ECAP_PTRS    56, 56
#define ECAP_SSIRWS  57, 57
#define ECAP_SMS     58, 58
#define ECAP_HPT1GPS 59, 59
#define ECAP_RDTS    60, 60
#define ECAP_EIMER   61, 61
#define ECAP_IRREQ   62, 62

/* Global Command Register; write-only */
#define GCMD_TE	   31, 31
#define GCMD_SRTP  30, 30
#define GCMD_WBF   27, 27
#define GCMD_QIE   26, 26
#define GCMD_IRE   25, 25
#define GCMD_SIRTP 24, 24
#define GCMD_CFI   23, 23

/* Global Status Register */
#define GSTS_TES   31, 31
#define GSTS_RTPS  30, 30
#define GSTS_WBFS  27, 27
#define GSTS_QIES  26, 26
#define GSTS_IRES  25, 25
#define GSTS_IRTPS 24, 24
#define GSTS_CFIS  23, 23

/* Root Table Address Register */
#define RTADDR_RTA    63, 12
#define RTADDR_TTM    11, 10
#define RTADDR_SSIRWE 7, 7

/* Translation Table Mode */
enum ttm { TTM_LEGACY = 0, TTM_SCALABLE = 1, TTM_RESERVED = 2, TTM_ABORT = 3 };

/* Context Command Register */
#define CCMD_ICC  63, 63
#define CCMD_CIRG 62, 61
#define CCMD_CAIG 60, 59
#define CCMD_FM	  33, 32
#define CCMD_SID  31, 16
#define CCMD_DID  15, 0

/* IOTLB Invalidate Register; lies at ECAP.IRO * 16 + 8 */
#define IOTLB_IVT  63, 63
#define IOTLB_IIRG 61, 60
#define IOTLB_IAIG 58, 57
#define IOTLB_DR   49, 49
#define IOTLB_DW   48, 48
#define IOTLB_DID  47, 32

/* Granularity codes of CCMD.CIRG, CCMD.CAIG, IOTLB.IIRG and IOTLB.IAIG */
enum invalidate_granularity {
	GRANULARITY_NONE = 0, /* as CAIG or IAIG: the request was refused */
	GRANULARITY_GLOBAL = 1,
	GRANULARITY_DOMAIN = 2,
	GRANULARITY_SPECIFIC = 3, /* device for the context cache, page for the IOTLB */
};

/* Invalidate Address Register; lies at ECAP.IRO * 16 */
#define IVA_ADDR 63, 12
#define IVA_IH	 6, 6
#define IVA_AM	 5, 0

/* Fault Status Register */
#define FSTS_FRI 15, 8
#define FSTS_ITE 6, 6
#define FSTS_ICE 5, 5
#define FSTS_IQE 4, 4
#define FSTS_PPF 1, 1
#define FSTS_PFO 0, 0

/* Fault, Invalidation and Page Request Event Control Registers share one shape */
#define EVENT_CTL_IM	31, 31
#define EVENT_CTL_IP	30, 30
#define EVENT_DATA_IMD	15, 0
#define EVENT_ADDR_MA	31, 2
#define EVENT_UADDR_MUA 31, 0

/* Fault Recording Registers: 128 bits each at CAP.FRO * 16 */
#define FRCD_F	  127, 127
#define FRCD_T1	  126, 126
#define FRCD_AT	  125, 124
#define FRCD_PV	  123, 104
#define FRCD_FR	  103, 96
#define FRCD_PP	  95, 95
#define FRCD_EXE  94, 94
#define FRCD_PRIV 93, 93
#define FRCD_T2	  92, 92
#define FRCD_SID  79, 64
#define FRCD_FI	  63, 12
/* What FI holds of a fault of interrupt remapping */
#define FRCD_FI_INDEX 63, 48

/* Protected Memory Enable Register */
#define PMEN_EPM 31, 31
#define PMEN_PRS 0, 0

/* Protected Low-Memory and High-Memory Base and Limit Registers */
#define PLMBASE_PLMB  31, 0
#define PLMLIMIT_PLML 31, 0
#define PHMBASE_PHMB  63, 0
#define PHMLIMIT_PHML 63, 0

/* Invalidation Queue Head, Tail and Address Registers */
#define IQH_QH	18, 4
#define IQT_QT	18, 4
#define IQA_IQA 63, 12
#define IQA_DW	11, 11
#define IQA_QS	2, 0

/* Invalidation Completion Status Register */
#define ICS_IWC 0, 0

/* Invalidation Queue Error Record Register */
#define IQERCD_ICESID 63, 48
#define IQERCD_ITESID 47, 32
#define IQERCD_IQEI   3, 0

/* IQERCD.IQEI */
enum iqei {
	IQEI_NONE = 0,
	IQEI_TAIL = 1,
	IQEI_FETCH = 2,
	IQEI_TYPE = 3,
	IQEI_RESERVED = 4,
	IQEI_WIDTH = 5,
	IQEI_TAIL_ALIGNMENT = 6,
	IQEI_TTM = 7,
};

/* Interrupt Remapping Table Address Register */
#define IRTA_IRTA 63, 12
#define IRTA_EIME 11, 11
#define IRTA_S	  3, 0

/* Page Request Queue Head, Tail, Address and Page Request Status Registers */
#define PQH_PQH 18, 5
#define PQT_PQT 18, 5
#define PQA_PQA 63, 12
#define PQA_PQS 2, 0
#define PRS_PRO 1, 1
#define PRS_PPR 0, 0

/* MTRR Capability, Default Type and Variable-Range Registers; fixed-range ones are eight types each */
#define MTRRCAP_WC	       10, 10
#define MTRRCAP_FIX	       8, 8
#define MTRRCAP_VCNT	       7, 0
#define MTRRDEF_E	       11, 11
#define MTRRDEF_FE	       10, 10
#define MTRRDEF_TYPE	       7, 0
#define MTRR_PHYSBASE_PHYSBASE 63, 12
#define MTRR_PHYSBASE_TYPE     7, 0
#define MTRR_PHYSMASK_PHYSMASK 63, 12
#define MTRR_PHYSMASK_V	       11, 11

/* Enhanced Command Registers */
#define ECMD_CMD 7, 0
#define ECRSP_SC 7, 1
#define ECRSP_IP 0, 0

/* ECRSP.SC */
enum ecmd_status { ECMD_STATUS_SUCCESS = 0, ECMD_STATUS_UNDEFINED = 1 };

/* RDT Configuration Register */
#define RDTC_CLOS 36, 32
#define RDTC_RMID 11, 0

/* Virtual Command Registers, revision 3.3 and later */
#define VCMD_OP	   63, 16
#define VCMD_CMD   7, 0
#define VCMDEO_OB  63, 0
#define VCRSP_RSLT 63, 16
#define VCRSP_SC   7, 1
#define VCRSP_IP   0, 0
#define VCCAP_FPS  2, 2
#define VCCAP_PAS  1, 1
#define VCCAP_NS   0, 0
/* The PASID within VCMD.OP (free) and VCRSP.RSLT (alloc) */
#define VCMD_OP_PASID	 35, 16
#define VCRSP_RSLT_PASID 35, 16

/* Virtual Command Registers as the drafts up to revision 3.2 had them */
#define REG_DRAFT_VCCAP	       0xE00
#define REG_DRAFT_VCMD	       0xE10
#define REG_DRAFT_VCRSP	       0xE20
#define DRAFT_VCCAP_PAS	       0, 0
#define DRAFT_VCMD_OP	       63, 8
#define DRAFT_VCMD_CMD	       7, 0
#define DRAFT_VCRSP_RSLT       63, 8
#define DRAFT_VCRSP_SC	       2, 1
#define DRAFT_VCRSP_IP	       0, 0
#define DRAFT_VCMD_OP_PASID    27, 8
#define DRAFT_VCRSP_RSLT_PASID 27, 8

/* VCMD.CMD */
enum vcmd_command { VCMD_NULL = 0, VCMD_ALLOC_PASID = 1, VCMD_FREE_PASID = 2 };

/* VCRSP.SC. A refusal is "no PASIDs available" or "invalid PASID", as the command was. */
enum vcmd_status {
	VCMD_STATUS_SUCCESS = 0,
	VCMD_STATUS_UNDEFINED = 1,
	VCMD_STATUS_REFUSED = 16,
	VCMD_STATUS_DRAFT_REFUSED = 2,
};
