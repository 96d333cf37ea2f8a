/* SPDX-License-Identifier: MIT */
/*
 * Whatever memory holds, the model grants a request only what every entry on its way allows, and ends. An option
 * makes it a proof of one mode: -DTTM=TTM_LEGACY or -DTTM=TTM_SCALABLE.
 *
 * Arbitrary: the unit's capabilities, registers and latched root; the request, of every type but page requests;
 * what each read of memory brings, or that it fails; whether a flag can be written; everything that the
 * model asks of its other chapters (faults, protected memory, virtual commands).
 * Assumed: the host address width is 32 to 52; no defect is on; caches have no room, so that each entry comes from
 * memory; no nested tables (it does not end in ten minutes with them); a request lies within a page.
 * Asserted: panic() and a shift too far are never reached; what is read are entries of the tables, each found through
 * the one before it, and nothing else; what is written is the entry just read with A, EA or D set; and what
 * is granted obeys grants(), which follows the entries that were read from the root on and knows nothing of the
 * model's walk: present at each level, the right at each level, a page where the walk ends, its address.
 * Bound: loops are over levels, 5 at most.
 */
#include <assert.h>

#include "tests/model/internal.h"

enum { FETCHES_MAX = 4 + 5 };

struct fetch {
	uint64_t at;
	unsigned int bytes;
	uint64_t q[8];
};

struct model_unit nondet_unit(void);
struct model_request nondet_request(void);
struct mu_fault_rule nondet_rule(void);
uint64_t nondet_value(void);
unsigned int nondet_choice(void);

static struct fetch fetches[FETCHES_MAX];
static unsigned int fetch_count;
static struct model_unit unit;
static struct model_request request;
static struct model_answer answer;

static bool any_bool(void)
{
	return nondet_choice() & 1;
}

/* ---- memory ---- */

static bool read_memory(void *context, uint64_t phys, void *to, unsigned int bytes)
{
	struct fetch *fetch = &fetches[fetch_count];

	(void)context;
	assert(bytes == 8 || bytes == 16 || bytes == 32 || bytes == 64);
	assert(phys % bytes == 0 && fetch_count < FETCHES_MAX);
	if (any_bool())
		return false;
	fetch->at = phys;
	fetch->bytes = bytes;
	for (unsigned int i = 0; i < 8; i++) {
		fetch->q[i] = nondet_value();
		if (i < bytes / 8)
			((uint64_t *)to)[i] = fetch->q[i];
	}
	if (bytes == 64)
		__CPROVER_assume(field_get(fetch->q, PASID_PGTT) != PGTT_NESTED);
	fetch_count++;
	return true;
}

static bool write_memory(void *context, uint64_t phys, const void *from, unsigned int bytes)
{
	const uint64_t flags = FIELD_MASK(FS_A) | FIELD_MASK(FS_D) | FIELD_MASK(FS_EA) |
			       FIELD_MASK(SS_A) | FIELD_MASK(SS_D);
	struct fetch *last = &fetches[fetch_count - 1];
	const uint64_t value = *(const uint64_t *)from;

	(void)context;
	assert(fetch_count && bytes == 8 && last->bytes == 8 && phys == last->at);
	assert(!(last->q[0] & ~value) && !(value & ~last->q[0] & ~flags));
	last->q[0] = value;
	return any_bool();
}

/* ---- other chapters ---- */

const struct mu_fault_rule *mu_fault_rule(uint8_t reason)
{
	static struct mu_fault_rule rule;

	assert(reason);
	rule = nondet_rule();
	return &rule;
}

void mu_fault_record(struct model_unit *u, const struct mu_fault *fault)
{
	assert(u == &unit && fault->sid == request.sid);
}

void mu_complain(struct model_unit *u, const char *text)
{
	assert(u == &unit && text);
}

bool mu_vcmd_withholds(const struct model_unit *u, uint32_t pasid)
{
	assert(u == &unit && pasid < MODEL_PASID_LIMIT);
	return any_bool();
}

bool mu_is_protected(const struct model_unit *u, uint64_t phys)
{
	assert(u == &unit && phys == answer.phys);
	return any_bool();
}

void mu_interrupt_request(struct model_unit *u, const struct model_request *message)
{
	assert(u == &unit && message == &request);
}

void mu_page_request(struct model_unit *u, const struct model_request *page,
		     struct model_answer *to)
{
	(void)u;
	(void)page;
	(void)to;
	assert(!"there is no page request");
}

/* ---- what is granted ---- */

/* A request on its way through the entries that were read. */
struct way {
	unsigned int next; /* fetch */
	bool read, write, user;
};

static const uint64_t *take(struct way *way, uint64_t at)
{
	assert(way->next < fetch_count && fetches[way->next].at == at);
	return fetches[way->next++].q;
}

static uint64_t mask_below(unsigned int bits)
{
	return (UINT64_C(1) << bits) - 1;
}

static uint64_t host_bits(uint64_t address)
{
	return address & mask_below(unit.config.host_address_bits);
}

/* From the top to the page; the page's address, with the rights that all of it allows. */
static uint64_t through(struct way *way, bool is_first, uint64_t table, unsigned int levels)
{
	for (unsigned int level = levels;; level--) {
		const unsigned int shift = 12 + 9 * (level - 1);
		const uint64_t index = request.address >> shift & 511;
		const uint64_t entry = *take(way, table + 8 * index);

		if (is_first) {
			assert(entry & 1);
			way->write = way->write && entry >> 1 & 1;
			way->user = way->user && entry >> 2 & 1;
		} else {
			way->read = way->read && entry >> (unit.io_bits ? 61 : 0) & 1;
			way->write = way->write && entry >> (unit.io_bits ? 62 : 1) & 1;
		}
		table = host_bits(entry & mask_below(52) & ~mask_below(12));
		if (level == 1 || entry >> 7 & 1) {
			assert(level <= 3);
			return (table & ~mask_below(shift)) | (request.address & mask_below(shift));
		}
		assert(level > 1);
	}
}

static bool wants_read(void)
{
	return request.type == MODEL_TRANSLATION ? answer.read : request.kind != MODEL_WRITE;
}

static bool wants_write(void)
{
	return request.type == MODEL_TRANSLATION ? answer.write : request.kind != MODEL_READ;
}

static void is_at(uint64_t phys)
{
	if (request.type == MODEL_TRANSLATION)
		assert(answer.phys == (phys & ~mask_below(answer.page_shift)));
	else
		assert(answer.phys == phys);
}

static void second_stage_grants(struct way *way, uint64_t table, unsigned int levels)
{
	const bool is_empty = request.kind == MODEL_READ && !request.bytes;
	const uint64_t phys = through(way, false, host_bits(table), levels);

	assert(levels >= 3 && levels <= 5);
	assert(!wants_write() || way->write);
	assert(!wants_read() || way->read ||
	       (request.type == MODEL_UNTRANSLATED && is_empty && way->write));
	is_at(phys);
}

static void first_stage_grants(struct way *way, const uint64_t *pasid, bool is_privileged)
{
	const uint64_t phys = through(way, true, host_bits(field_get_address(pasid, PASID_FSPTPTR)),
				      field_get(pasid, PASID_FSPM) == FSPM_5_LEVEL ? 5 : 4);

	assert(way->user || is_privileged);
	assert(!wants_write() || way->write || (is_privileged && !field_get(pasid, PASID_WPE)));
	is_at(phys);
}

static void legacy_grants(struct way *way)
{
	const uint64_t *root = take(way, unit.root + 16 * (request.sid >> 8));
	const uint64_t *context;

	assert(root[0] & 1);
	context = take(way, (root[0] & ~mask_below(12)) + 16 * (request.sid & 255));
	assert(context[0] & 1 && !request.has_pasid);
	assert(request.type == MODEL_UNTRANSLATED || field_get(context, CONTEXT_TT) == TT_ALL);
	if (request.type == MODEL_TRANSLATED)
		assert(answer.phys == request.address);
	else if (request.type == MODEL_TRANSLATION && answer.untranslated_only)
		assert(!answer.read);
	else if (field_get(context, CONTEXT_TT) == TT_PASS_THROUGH)
		is_at(request.address);
	else if (!in_interrupt_range(request.address) || request.type != MODEL_TRANSLATION)
		second_stage_grants(way, context[0] & ~mask_below(12),
				    (unsigned int)field_get(context, CONTEXT_AW) + 2);
}

static void scalable_pasid_grants(struct way *way, const uint64_t *context)
{
	const uint32_t rid_pasid = reg_get(unit.config.ecap, ECAP_RPS)
					   ? (uint32_t)field_get(context, SMCONTEXT_RID_PASID)
					   : 0;
	const uint32_t number = request.has_pasid ? request.pasid : rid_pasid;
	const bool is_privileged = request.has_pasid
					   ? request.privileged
					   : reg_get(unit.config.ecap, ECAP_RPRIVS) &&
						     field_get(context, SMCONTEXT_RID_PRIV);
	const uint64_t *directory =
		take(way, (context[0] & ~mask_below(12)) + 8 * (uint64_t)(number / 64));
	const uint64_t *pasid;

	assert(directory[0] & 1);
	pasid = take(way, (directory[0] & ~mask_below(12)) + 64 * (uint64_t)(number % 64));
	assert(pasid[0] & 1 && (!is_privileged || field_get(pasid, PASID_SRE)));
	if (request.type == MODEL_TRANSLATION && !request.has_pasid &&
	    in_interrupt_range(request.address))
		assert(!answer.read);
	else if (field_get(pasid, PASID_PGTT) == PGTT_PASS_THROUGH)
		is_at(request.address);
	else if (field_get(pasid, PASID_PGTT) == PGTT_FIRST_STAGE)
		first_stage_grants(way, pasid, is_privileged);
	else
		second_stage_grants(way, pasid[0] & ~mask_below(12),
				    (unsigned int)field_get(pasid, PASID_AW) + 2);
}

static void scalable_grants(struct way *way)
{
	const uint64_t *root = take(way, unit.root + 16 * (request.sid >> 8));
	const uint64_t half = root[(request.sid & 255) / 128];
	const uint64_t *context;

	assert(half & 1);
	context = take(way, (half & ~mask_below(12)) + 32 * (request.sid & 127));
	assert(context[0] & 1);
	assert(request.type == MODEL_UNTRANSLATED || field_get(context, SMCONTEXT_DTE));
	assert(!request.has_pasid || request.type == MODEL_TRANSLATED ||
	       field_get(context, SMCONTEXT_PASIDE));
	if (request.type == MODEL_TRANSLATED)
		assert(answer.phys == request.address);
	else
		scalable_pasid_grants(way, context);
}

/* Follows a request that is granted through everything that was read for it, and nothing more was. */
static void grants(void)
{
	struct way way = { .read = true, .write = true, .user = true };

	if (!(unit.gsts & FIELD_MASK(GSTS_TES)) || unit.has_lapsed)
		assert(request.type == MODEL_UNTRANSLATED && answer.phys == request.address);
	else if (unit.ttm == TTM_LEGACY)
		legacy_grants(&way);
	else
		scalable_grants(&way);
	assert(way.next == fetch_count);
}

static void any_unit(void)
{
	unit = nondet_unit();
	unit.config.host_address_bits = 32 + nondet_choice() % 21;
	unit.config.misbehaviour.presence = MODEL_PRESENT;
	unit.root &= mask_below(unit.config.host_address_bits) & ~mask_below(12);
	unit.ttm = TTM;
	unit.io_bits = any_bool();
	unit.has_lapsed = any_bool();
	unit.cache = NULL;
	unit.cache_size = unit.cache_count = 0;
	for (unsigned int i = 0; i < MODEL_DEFECT_WORDS; i++)
		unit.defects[i] = 0;
	unit.host = (struct model_host){ .read = read_memory, .write = write_memory };
}

static void any_request(void)
{
	request = nondet_request();
	request.type = (enum model_type)(nondet_choice() % MODEL_PAGE_REQUEST);
	request.kind = (enum model_kind)(nondet_choice() % (MODEL_ATOMIC + 1));
	request.has_pasid = any_bool();
	request.privileged = any_bool();
	request.execute = any_bool();
	request.no_write = any_bool();
	__CPROVER_assume(request.pasid < MODEL_PASID_LIMIT);
	__CPROVER_assume(request.bytes <= MU_PAGE_BYTES - page_offset(request.address));
}

int main(void)
{
	any_unit();
	any_request();
	__CPROVER_output("cap ", unit.config.cap);
	__CPROVER_output(" ecap ", unit.config.ecap);
	__CPROVER_output(" type ", request.type);
	__CPROVER_output(" kind ", request.kind);
	__CPROVER_output(" address ", request.address);
	if (!model_translate(&unit, &request, &answer) || answer.completion != MODEL_SUCCESS)
		return 0;
	if (request.type == MODEL_TRANSLATION && !answer.read && !answer.write)
		return 0;
	grants();
}
