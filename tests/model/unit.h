/* SPDX-License-Identifier: MIT */
/*
 * The reference model of a VT-d remapping unit, as revision 5.10 of the specification states it.
 *
 * The model knows nothing of the kernel: memory, interrupt messages and device TLBs are callbacks,
 * capabilities are parameters. It allocates nothing and keeps all state in struct model_unit. It
 * caches as eagerly as the book allows and never evicts by chance, so a forgotten or too narrow
 * invalidation shows. Deviations from the book exist only as named defects (defects.def), never by
 * default.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MODEL_CACHE_ENTRIES = 512, /* in every unit; more through model_config.cache */
	MODEL_FAULT_RECORDS = 256, /* the most CAP.NFR can name */
	MODEL_PASID_LIMIT = 1 << 20,
	MODEL_FIXED_WORDS = 256 / 4, /* offsets 000h-0FFh */
	MODEL_PAGES_WAITING = 8,
	MODEL_MTRR_WORDS = 36, /* offsets 100h-21Fh */
};

/* ---- PASIDs handed out through the virtual command interface ---- */

/*
 * A pool of PASIDs, first..first + count - 1, one bit each. Units whose configuration names the
 * same pool share it. `used` needs MODEL_PASID_WORDS(count) words and starts zeroed.
 */
#define MODEL_PASID_WORDS(count) (((count) + 63u) / 64u)

struct model_pasid_space {
	uint64_t *used;
	uint32_t first; /* at least 1 */
	uint32_t count;
	uint32_t hint; /* where the next search begins */
	uint32_t live_count;
};

/* ---- configuration ---- */

enum model_vcmd_layout { MODEL_VCMD_NONE, MODEL_VCMD_DRAFT, MODEL_VCMD_3_3 };

enum model_presence { MODEL_PRESENT, MODEL_READS_ZERO, MODEL_READS_ONES };

/* How the virtual command interface answers; all zero means at once and right. */
struct model_vcmd_behaviour {
	uint32_t answer_after_reads; /* VCRSP shows IP = 1 this many times first */
	bool never_answers;
	bool offers_pasid_0;
	bool offers_same_twice; /* every second allocation repeats the one before */
	bool answers_in_other_layout;
	uint8_t forced_status; /* nonzero: every command ends with this status code */
	uint32_t capacity;     /* nonzero: this unit hands out at most so many */
};

/* Units that lie; all zero means honest. */
struct model_misbehaviour {
	enum model_presence presence;
	bool gsts_never_follows;
	bool srtp_never_completes;
	bool ttm_not_kept;  /* RTADDR.TTM reads 0 and latches 0 whatever was written */
	uint64_t cap_flips; /* these bits differ on every second read of CAP */
	uint64_t ecap_flips;
};

struct model_cached;

struct model_config {
	uint32_t version; /* VER: major 7:4, minor 3:0 */
	uint64_t cap;
	uint64_t ecap;
	unsigned int host_address_bits; /* HAW, 32 to 52 */

	enum model_vcmd_layout vcmd_layout;
	uint64_t vccap;
	struct model_vcmd_behaviour vcmd;
	struct model_pasid_space *pasids;

	bool merges_faults;	   /* one record per source while its F is set */
	bool defers_invalidations; /* executed only when a wait demands it; so are page requests */
	bool has_transient_bit;	  /* bit 62 of a second-stage entry is TM, as before revision 3.2 */
	bool checks_fields_first; /* of a scalable-mode context entry: SCT.4 comes before SCT.3 */
	uint32_t gsts_delay_reads; /* a command shows in GSTS after so many reads of it */
	struct model_misbehaviour misbehaviour;

	/* Larger caches than the unit holds itself: the caller's array. NULL: none. */
	struct model_cached *cache;
	uint32_t cache_count;

	bool allow_illegal; /* accept capability combinations that the book forbids */
};

/* What is wrong with a configuration, in words; NULL if it can be modelled. */
const char *model_config_error(const struct model_config *config);

/* The unit of QEMU 7.2 with intremap, scalable and caching mode and 48 bits. */
struct model_config model_config_qemu_7_2(void);

/* Everything the model can do; the caller may set `pasids` to have VCMD hand them out. */
struct model_config model_config_everything(void);

/* ---- surroundings ---- */

enum model_devtlb_answer { MODEL_DEVTLB_DONE, MODEL_DEVTLB_TIMEOUT, MODEL_DEVTLB_BAD_COMPLETION };

struct model_devtlb_request {
	uint16_t sid;
	bool has_pasid;
	uint32_t pasid;
	bool global; /* all PASIDs */
	bool size;   /* the S bit: more than one page, as ATS encodes it */
	uint64_t address;
};

struct model_page_response {
	uint16_t sid;
	bool has_pasid;
	uint32_t pasid;
	uint16_t group;
	uint8_t code; /* 0 success, 1 invalid request, 15 failure */
	bool by_software;
};

/*
 * read and write return false for memory that cannot be reached. devtlb and page_response may be
 * NULL: every device TLB then completes at once, and nobody listens to page responses.
 */
struct model_host {
	bool (*read)(void *context, uint64_t phys, void *to, unsigned int bytes);
	bool (*write)(void *context, uint64_t phys, const void *from, unsigned int bytes);
	void (*message)(void *context, uint64_t address, uint32_t data);
	enum model_devtlb_answer (*devtlb)(void *context, const struct model_devtlb_request *);
	void (*page_response)(void *context, const struct model_page_response *);
	void *context;
};

/* ---- requests ---- */

enum model_kind { MODEL_READ, MODEL_WRITE, MODEL_ATOMIC };

/* The AT field of a memory request; page requests are messages of their own. */
enum model_type {
	MODEL_UNTRANSLATED,
	MODEL_TRANSLATION,
	MODEL_TRANSLATED,
	MODEL_PAGE_REQUEST,
};

struct model_request {
	enum model_type type;
	enum model_kind kind; /* of untranslated and translated requests */
	uint16_t sid;
	bool has_pasid;
	uint32_t pasid;
	bool privileged; /* only with a PASID */
	bool execute;	 /* only with a PASID */
	bool no_write;	 /* NW of a translation request */
	uint64_t address;
	unsigned int bytes; /* 0 with MODEL_READ: zero-length read */
	uint32_t data;	    /* of a DWORD write, should it turn out to be an interrupt */

	/* Page requests only. */
	bool wants_read;
	bool wants_write;
	bool last_in_group;
	uint16_t group;
};

enum model_completion {
	MODEL_SUCCESS,
	MODEL_UNSUPPORTED, /* UR */
	MODEL_ABORTED,	   /* CA */
	MODEL_INTERRUPT,   /* the write was an interrupt request and is dealt with */
	MODEL_DISCARDED,   /* a zero-length read of the interrupt range: nothing to transfer */
	MODEL_RECEIVED,	   /* page request: what becomes of it is seen later */
	MODEL_QUEUED,	   /* page request: now in the page request queue */
	MODEL_ANSWERED,	   /* page request: answered by hardware */
	MODEL_DROPPED,	   /* page request: no response was due */
};

/*
 * ok: the access may go on (untranslated, translated), the completion is Success (translation; look
 * at read and write), or the page request is queued. Else reason says why, reported or not.
 */
struct model_answer {
	bool ok;
	enum model_completion completion;
	uint64_t phys;
	uint8_t reason;	  /* fault reason met; 0: none */
	bool reported;	  /* handed to fault recording (0: suppressed by FPD, or recoverable) */
	bool from_iotlb;  /* answered by a cached translation */
	bool read, write; /* translation requests: effective permissions */
	bool untranslated_only;
	bool snooped;	 /* N bit of a translation completion */
	bool privileged; /* PRIV, the same; EXE and G */
	bool execute, global;
	uint8_t page_shift; /* translation requests: size of the answer, 12, 21 or 30 */
};

/* ---- the unit ---- */

enum model_defect {
	MODEL_DEFECT_NONE,
#define DEFECT(name, meaning) MODEL_DEFECT_##name,
#include "tests/model/defects.def"
	MODEL_DEFECT_END,
};

/* Defects are numbered 1..MODEL_DEFECT_COUNT; a set of them is so many words, a bit each. */
enum {
	MODEL_DEFECT_COUNT = MODEL_DEFECT_END - 1,
	MODEL_DEFECT_WORDS = MODEL_DEFECT_COUNT / 64 + 1,
};

/*
 * One cached thing. What it is found by comes first in each kind, then what else names it in an
 * invalidation, then what it says.
 */
enum model_cached_kind {
	MODEL_CACHED_CONTEXT,
	MODEL_CACHED_PASID,
	MODEL_CACHED_PAGE,
	MODEL_CACHED_TABLE,
	MODEL_CACHED_FIRST,
	MODEL_CACHED_INTERRUPT,
};

/* Context cache: a context entry of either mode. */
struct model_cached_context {
	uint16_t sid;
	uint16_t did; /* legacy mode; 0 of an entry that would fault */
	uint64_t q[4];
};

/* PASID cache: a PASID table entry. */
struct model_cached_pasid {
	uint16_t sid;
	uint32_t pasid;
	uint16_t did; /* 0 of an entry that would fault */
	uint64_t q[8];
};

/* IOTLB: a translation of 4 KiB. */
struct model_cached_page {
	uint16_t sid;
	bool with_pasid;
	uint32_t pasid; /* RID_PASID of requests without; does not tell them apart */
	uint64_t address;
	uint16_t did;
	uint8_t pgtt; /* 0: legacy mode */
	uint64_t phys;
	uint8_t page_shift; /* of the leaf it came from, the smaller one of two */
	bool read, write;   /* second stage; both without one */
	bool user;	    /* first stage: U/S and R/W of all entries; both without one */
	bool writable;
	bool write_protect; /* WPE and SRE of the PASID table entry */
	bool supervisor;
	bool snooped;
	bool tracks_dirty;
	bool dirty;
};

/* Second-stage paging-structure cache: where an entry above the leaf leads. */
struct model_cached_table {
	uint16_t did;
	uint8_t level; /* of the entry */
	uint64_t address;
	uint64_t table;
	bool read, write; /* of all entries from the top to here */
	bool is_end;	  /* R = W = 0: the walk ends here */
};

/* First-stage paging-structure cache, nested ones too. */
struct model_cached_first {
	uint16_t did;
	uint32_t pasid;
	uint8_t level; /* of the entry */
	uint64_t address;
	uint64_t table; /* as the entry has it */
	uint64_t phys;	/* the same, unless a second stage lies below */
	bool user, writable;
};

/* Interrupt entry cache */
struct model_cached_interrupt {
	uint32_t index;
	uint64_t q[2];
};

struct model_cached {
	uint8_t kind;  /* enum model_cached_kind: which of the union it is */
	uint8_t fault; /* the reason this entry ends in; 0: none */
	bool fpd;      /* an FPD = 1 was met on the way */
	union {
		struct model_cached_context context;
		struct model_cached_pasid pasid;
		struct model_cached_page page;
		struct model_cached_table table;
		struct model_cached_first first;
		struct model_cached_interrupt interrupt;
	};
};

/* How often things happened: counts, for tests and measurements. */
struct model_counts {
	uint64_t reads, writes; /* register accesses */
	uint64_t table_reads;	/* entries fetched from memory */
	uint64_t descriptors;
	uint64_t faults;      /* non-recoverable faults handed to recording */
	uint64_t faults_lost; /* by overflow or merging */
	uint64_t messages;
	uint64_t cache_full; /* translations that found no room: widen model_config.cache */
};

struct model_unit {
	struct model_config config;
	struct model_host host;
	uint64_t defects[MODEL_DEFECT_WORDS];

	/* registers */
	uint32_t fixed[MODEL_FIXED_WORDS];
	uint32_t invalidate[4]; /* IVA and IOTLB */
	uint64_t frcd[MODEL_FAULT_RECORDS][2];
	uint32_t gsts;	     /* what is so */
	uint32_t gsts_shown; /* what GSTS says until gsts_countdown reads have passed */
	uint32_t gsts_countdown;
	bool still_remaps; /* of defects: with IRES = 0 the interrupt table is used all the same */
	bool has_lapsed;   /* the defect SRTP_LAPSES: nothing is translated until GSTS is read */
	bool cap_parity, ecap_parity;

	/* latched by SRTP and SIRTP */
	uint64_t root;
	uint8_t ttm;
	bool io_bits; /* SSIRWE */
	bool root_is_fresh;
	uint8_t owed; /* global invalidations that software owes since SRTP: enum mu_owed */
	uint64_t irta;

	/* faults */
	uint32_t fault_index;

	/* queue */
	bool devtlb_timed_out;
	uint16_t devtlb_timeout_sid;
	bool last_was_wait;
	bool queue_is_running;
	uint64_t deferred[64][2];
	uint32_t deferred_count;

	/* page requests that were received and wait */
	struct model_request pages[MODEL_PAGES_WAITING];
	uint32_t page_count;

	/* virtual commands */
	uint64_t vcmd, vcmd_operand, vcrsp, vcrsp_next;
	uint32_t vcmd_countdown;
	uint32_t vcmd_live_count;
	uint32_t vcmd_previous;
	bool vcmd_repeated;

	/* memory type ranges, enhanced commands, RDT */
	uint64_t mtrr[MODEL_MTRR_WORDS];
	uint64_t ecmd, ecmd_operand, ecrsp, rdtc;

	/* caches */
	struct model_cached own_cache[MODEL_CACHE_ENTRIES];
	struct model_cached *cache;
	uint32_t cache_size;
	uint32_t cache_count;

	struct model_counts counts;
	const char *error;     /* first illegal access */
	uint32_t error_offset; /* where */
	const char *complaint; /* first rule that software broke and the book leaves undefined */
};

/* Power-on. `config` must be free of model_config_error(). */
void model_init(struct model_unit *unit, const struct model_config *config,
		const struct model_host *host);

/* Warm reset: sticky fields (RW1CS, ROS) survive. */
void model_reset(struct model_unit *unit);

/* No PASID of the unit's pool is out any more, and virtual commands are as after power-on. */
void model_recall_pasids(struct model_unit *unit);

/* Register access as the bus delivers it. Illegal ones leave a text in unit->error and do nothing. */
uint64_t model_read(struct model_unit *unit, uint32_t offset, unsigned int bytes);
void model_write(struct model_unit *unit, uint32_t offset, unsigned int bytes, uint64_t value);

/* The bytes of register space the unit decodes, a multiple of 4 KiB. */
uint32_t model_register_bytes(const struct model_unit *unit);

/* One request within one 4 KiB page. Returns answer->ok. */
bool model_translate(struct model_unit *unit, const struct model_request *request,
		     struct model_answer *answer);

/*
 * Moves request->bytes through the unit, as request->kind says, split at page boundaries; false at the first piece
 * that faults or hits unreachable memory. What an atomic finds in memory is not told.
 */
bool model_dma(struct model_unit *unit, const struct model_request *request, void *data);

/* An invalidation completion that nobody asked for arrives from sid. */
void model_stray_completion(struct model_unit *unit, uint16_t sid);

/* The first error or complaint since the last call, NULL if none. */
const char *model_take_error(struct model_unit *unit);
const char *model_take_complaint(struct model_unit *unit);

/* Live entries of the unit's caches, all kinds together. */
uint32_t model_cached_count(const struct model_unit *unit);

void model_set_defect(struct model_unit *unit, enum model_defect defect);
void model_clear_defects(struct model_unit *unit);
const char *model_defect_name(unsigned int defect);
const char *model_defect_meaning(unsigned int defect);
