/* SPDX-License-Identifier: MIT */
/*
 * The structures in memory that VT-d hardware reads: table entries and invalidation descriptors,
 * in the order of the specification's chapters "Translation Structure Formats" and "Invalidation
 * of Translation Caches". Every field is the manual's own bit pair, stated once.
 * Needs nothing of the kernel: the reference model and the host tests include it as it is.
 */
#pragma once

#include "arch/bits.h"

struct root_entry {
	uint64_t q[2];
};

struct context_entry {
	uint64_t q[2];
};

struct sm_context_entry {
	uint64_t q[4];
};

struct pasid_dir_entry {
	uint64_t q[1];
};

struct pasid_entry {
	uint64_t q[8];
};

struct irte {
	uint64_t q[2];
};

struct posted_descriptor {
	uint64_t q[8];
};

/* Large enough for both widths; a 128-bit descriptor uses q[0] and q[1] only. */
struct descriptor {
	uint64_t q[4];
};

_Static_assert(sizeof(struct root_entry) == 16, "root entry is 128 bits");
_Static_assert(sizeof(struct context_entry) == 16, "context entry is 128 bits");
_Static_assert(sizeof(struct sm_context_entry) == 32, "scalable-mode context entry is 256 bits");
_Static_assert(sizeof(struct pasid_dir_entry) == 8, "PASID directory entry is 64 bits");
_Static_assert(sizeof(struct pasid_entry) == 64, "PASID table entry is 512 bits");
_Static_assert(sizeof(struct irte) == 16, "interrupt remapping table entry is 128 bits");
_Static_assert(sizeof(struct posted_descriptor) == 64, "posted interrupt descriptor is 512 bits");
_Static_assert(sizeof(struct descriptor) == 32, "the wide descriptor is 256 bits");

enum {
	ROOT_ENTRIES = 256,
	CONTEXT_ENTRIES = 256,
	SM_CONTEXT_ENTRIES = 128, /* per half: devfn 00h-7Fh and 80h-FFh */
	PASID_DIR_ENTRIES = 128,  /* with PDTS = 0; each step doubles them */
	PASID_ENTRIES_PER_TABLE = 64,
	PAGING_ENTRIES = 512,
};

/* Root Entry */
#define ROOT_P	 0, 0
#define ROOT_CTP 63, 12

/* Scalable-mode Root Entry */
#define SMROOT_LP   0, 0
#define SMROOT_LCTP 63, 12
#define SMROOT_UP   64, 64
#define SMROOT_UCTP 127, 76

/* Context Entry */
#define CONTEXT_P	0, 0
#define CONTEXT_FPD	1, 1
#define CONTEXT_TT	3, 2
#define CONTEXT_SSPTPTR 63, 12
#define CONTEXT_AW	66, 64
#define CONTEXT_IGN	70, 67 /* ignored by hardware */
#define CONTEXT_DID	87, 72

/* CONTEXT_TT: translation type */
enum context_tt {
	TT_UNTRANSLATED_ONLY = 0,
	TT_ALL = 1,
	TT_PASS_THROUGH = 2,
	TT_RESERVED = 3,
};

/* Address width as the tables encode it, in context and PASID table entries alike. */
enum address_width { AW_39_BIT = 1, AW_48_BIT = 2, AW_57_BIT = 3 };

/* Scalable-Mode Context-Entry */
#define SMCONTEXT_P	      0, 0
#define SMCONTEXT_FPD	      1, 1
#define SMCONTEXT_DTE	      2, 2
#define SMCONTEXT_PASIDE      3, 3
#define SMCONTEXT_PRE	      4, 4
#define SMCONTEXT_HPTE	      5, 5
#define SMCONTEXT_EPTR	      6, 6
#define SMCONTEXT_PDTS	      11, 9
#define SMCONTEXT_PASIDDIRPTR 63, 12
#define SMCONTEXT_RID_PASID   83, 64
#define SMCONTEXT_RID_PRIV    84, 84

/* Scalable-Mode PASID Directory Entry */
#define PASIDDIR_P	   0, 0
#define PASIDDIR_FPD	   1, 1
#define PASIDDIR_SMPTBLPTR 63, 12

/* Scalable-Mode PASID Table Entry */
#define PASID_P	      0, 0
#define PASID_FPD     1, 1
#define PASID_AW      4, 2
#define PASID_PGTT    8, 6
#define PASID_SSADE   9, 9
#define PASID_SSPTPTR 63, 12
#define PASID_DID     79, 64
#define PASID_PWSNP   87, 87
#define PASID_PGSNP   88, 88
#define PASID_CD      89, 89
#define PASID_EMTE    90, 90
#define PASID_PAT     127, 96
#define PASID_SRE     128, 128
#define PASID_FSPM    131, 130
#define PASID_WPE     132, 132
#define PASID_IGN     134, 133 /* ignored by hardware */
#define PASID_EAFE    135, 135
#define PASID_FSPTPTR 191, 140

/* PASID_PGTT: PASID granular translation type */
enum pgtt {
	PGTT_FIRST_STAGE = 1,
	PGTT_SECOND_STAGE = 2,
	PGTT_NESTED = 3,
	PGTT_PASS_THROUGH = 4,
};

/* PASID_FSPM: first-stage paging mode */
enum fspm { FSPM_4_LEVEL = 0, FSPM_5_LEVEL = 1 };

/* First-Stage Paging Entries */
#define FS_P	0, 0
#define FS_RW	1, 1
#define FS_US	2, 2
#define FS_PWT	3, 3
#define FS_PCD	4, 4
#define FS_A	5, 5
#define FS_D	6, 6
#define FS_PS	7, 7
#define FS_EA	10, 10
#define FS_ADDR 51, 12

/* Second-Stage Paging Entries */
#define SS_R	0, 0
#define SS_W	1, 1
#define SS_EMT	5, 3
#define SS_IPAT 6, 6
#define SS_PS	7, 7
#define SS_A	8, 8
#define SS_D	9, 9
#define SS_SNP	11, 11
#define SS_ADDR 51, 12
#define SS_IR	61, 61
#define SS_IW	62, 62

/* Interrupt Remapping Table Entry for remapped interrupts */
#define IRTE_P	       0, 0
#define IRTE_FPD       1, 1
#define IRTE_DM	       2, 2
#define IRTE_RH	       3, 3
#define IRTE_TM	       4, 4
#define IRTE_DLM       7, 5
#define IRTE_AVAIL     11, 8
#define IRTE_IM	       15, 15
#define IRTE_V	       23, 16
#define IRTE_DST       63, 32
#define IRTE_DST_XAPIC 47, 40 /* all of DST while IRTA.EIME = 0 */
#define IRTE_SID       79, 64
#define IRTE_SQ	       81, 80
#define IRTE_SVT       83, 82

/* Interrupt Remapping Table Entry (IRTE) for Posted Interrupts; the other fields are as above */
#define IRTE_URG  14, 14
#define IRTE_VV	  23, 16
#define IRTE_PDAL 63, 38 /* address bits 31:6 of the descriptor */
#define IRTE_PDAH 127, 96

/* IRTE_DLM: delivery mode */
enum irte_dlm {
	DLM_FIXED = 0,
	DLM_LOWEST = 1,
	DLM_SMI = 2,
	DLM_RESERVED_3 = 3,
	DLM_NMI = 4,
	DLM_INIT = 5,
	DLM_RESERVED_6 = 6,
	DLM_EXTINT = 7,
};

/* IRTE_SVT: source validation type */
enum irte_svt { SVT_NONE = 0, SVT_SID = 1, SVT_BUS = 2, SVT_RESERVED = 3 };

/* Posted Interrupt Descriptor; PIR is 255:0, a bit for each vector */
#define PID_ON	       256, 256
#define PID_SN	       257, 257
#define PID_NV	       279, 272
#define PID_NDST       319, 288
#define PID_NDST_XAPIC 303, 296 /* all of NDST while IRTA.EIME = 0 */

/*
 * Interrupt Requests in Compatibility Format: a DWORD write, address and data. The upper half of the
 * address exists in x2APIC mode only.
 */
#define INTERRUPT_ADDR_DST_HIGH 63, 40
#define INTERRUPT_ADDR_ID	31, 20 /* INTERRUPT_ID */
#define INTERRUPT_ADDR_DST	19, 12
#define INTERRUPT_ADDR_FORMAT	4, 4 /* 1: remappable */
#define INTERRUPT_ADDR_RH	3, 3
#define INTERRUPT_ADDR_DM	2, 2
#define INTERRUPT_DATA_TM	15, 15
#define INTERRUPT_DATA_LEVEL	14, 14
#define INTERRUPT_DATA_DLM	10, 8
#define INTERRUPT_DATA_V	7, 0

/* Interrupt Requests in Remappable Format */
#define REMAPPABLE_ADDR_HANDLE_LOW  19, 5 /* handle 14:0 */
#define REMAPPABLE_ADDR_SHV	    3, 3
#define REMAPPABLE_ADDR_HANDLE_HIGH 2, 2 /* handle 15 */
#define REMAPPABLE_DATA_RESERVED    31, 16
#define REMAPPABLE_DATA_SUBHANDLE   15, 0

/* INTERRUPT_ADDR_ID of every interrupt request: the range FEEx_xxxxh */
enum { INTERRUPT_ID = 0xFEE };

/* Invalidation descriptors. The type is split: INV_TYPE_HIGH << 4 | INV_TYPE_LOW. */
#define INV_TYPE_LOW  3, 0
#define INV_TYPE_HIGH 11, 9

enum descriptor_type {
	INV_CC = 1,
	INV_IOTLB = 2,
	INV_DEVTLB = 3,
	INV_IEC = 4,
	INV_WAIT = 5,
	INV_PIOTLB = 6,
	INV_PC = 7,
	INV_PDEVTLB = 8,
	INV_PGRESP = 9,
	INV_HPT = 10,
};

/* Context-cache Invalidate Descriptor; granularity as enum invalidate_granularity */
#define INV_CC_G   5, 4
#define INV_CC_DID 31, 16
#define INV_CC_SID 47, 32
#define INV_CC_FM  49, 48

/* IOTLB Invalidate Descriptor; granularity as enum invalidate_granularity */
#define INV_IOTLB_G    5, 4
#define INV_IOTLB_DW   6, 6
#define INV_IOTLB_DR   7, 7
#define INV_IOTLB_DID  31, 16
#define INV_IOTLB_AM   69, 64
#define INV_IOTLB_IH   70, 70
#define INV_IOTLB_ADDR 127, 76

/* Device-TLB Invalidate Descriptor */
#define INV_DEVTLB_PFSID_LOW  15, 12
#define INV_DEVTLB_MIP	      20, 16
#define INV_DEVTLB_SID	      47, 32
#define INV_DEVTLB_PFSID_HIGH 63, 52
#define INV_DEVTLB_S	      64, 64
#define INV_DEVTLB_ADDR	      127, 76

/* Interrupt Entry Cache Invalidate Descriptor; G: 0 global, 1 index-selective */
#define INV_IEC_G    4, 4
#define INV_IEC_IM   31, 27
#define INV_IEC_IIDX 47, 32

/* Invalidation Wait Descriptor */
#define INV_WAIT_IF   4, 4
#define INV_WAIT_SW   5, 5
#define INV_WAIT_FN   6, 6
#define INV_WAIT_PD   7, 7
#define INV_WAIT_DATA 63, 32
#define INV_WAIT_ADDR 127, 66

/* PASID-based IOTLB Invalidate Descriptor */
#define INV_PIOTLB_G	 5, 4
#define INV_PIOTLB_DID	 31, 16
#define INV_PIOTLB_PASID 51, 32
#define INV_PIOTLB_AM	 69, 64
#define INV_PIOTLB_IH	 70, 70
#define INV_PIOTLB_ADDR	 127, 76

enum piotlb_granularity { PIOTLB_PASID = 2, PIOTLB_PAGES = 3 };

/* PASID-cache Invalidate Descriptor */
#define INV_PC_G     5, 4
#define INV_PC_DID   31, 16
#define INV_PC_PASID 51, 32

enum pc_granularity { PC_DOMAIN = 0, PC_PASID = 1, PC_RESERVED = 2, PC_GLOBAL = 3 };

/* PASID-based Device-TLB Invalidate Descriptor */
#define INV_PDEVTLB_MIP	       8, 4
#define INV_PDEVTLB_PFSID_LOW  15, 12
#define INV_PDEVTLB_SID	       31, 16
#define INV_PDEVTLB_PASID      51, 32
#define INV_PDEVTLB_PFSID_HIGH 63, 52
#define INV_PDEVTLB_GI	       64, 64
#define INV_PDEVTLB_S	       75, 75
#define INV_PDEVTLB_ADDR       127, 76

/* Page Group Response Descriptor */
#define INV_PGRESP_PP	 4, 4
#define INV_PGRESP_RC	 15, 12
#define INV_PGRESP_RID	 31, 16
#define INV_PGRESP_PASID 51, 32
#define INV_PGRESP_IGN	 66, 66 /* ignored by hardware */
#define INV_PGRESP_PRGI	 75, 67

/* INV_PGRESP_RC: "Response Codes" (table) */
enum page_response_code {
	RESPONSE_SUCCESS = 0,
	RESPONSE_INVALID_REQUEST = 1,
	RESPONSE_FAILURE = 15,
};

/* Page Request Descriptor, 256 bits, as hardware writes it into the page request queue */
#define PRQ_TYPE  7, 0
#define PRQ_PP	  8, 8
#define PRQ_RID	  31, 16
#define PRQ_PASID 51, 32
#define PRQ_EXR	  52, 52
#define PRQ_PMR	  53, 53
#define PRQ_RDR	  64, 64
#define PRQ_WRR	  65, 65
#define PRQ_LPIG  66, 66
#define PRQ_PRGI  75, 67
#define PRQ_ADDR  127, 76

/* PRQ_TYPE */
enum prq_type { PRQ_PAGE_REQUEST = 1 };
