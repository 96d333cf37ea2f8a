/* SPDX-License-Identifier: MIT */
#include "tests/scenes/dma.h"

#include "arch/cpu.h"
#include "arch/string.h"
#include "tests/engine/platform.h"

/*
 * The agent's buffer: what writes carry, then where reads arrive. Both are filled with the pattern
 * before a read, so that nothing of ours is left there from the one before.
 */
enum { BUFFER_WRITES = 0, BUFFER_READS = DMA_MAX_BYTES };

#define DEFAULT_BYTES	     4u
#define INTERRUPT_RANGE_BASE UINT64_C(0xfee00000)

static uint8_t pristine[CANARY_COUNT][PAGE_BYTES];
static uint8_t pattern[2 * DMA_MAX_BYTES];

/*
 * At any offset, the bytes of any two pages and the pattern differ, and none is 0 or FFh, which
 * is what blocked reads bring.
 */
static uint8_t canary_byte(unsigned int page, unsigned int offset)
{
	unsigned int mixed = offset * 2654435761u;

	return (uint8_t)(1 + ((mixed >> 24) + page * 31) % 253);
}

/* Pages of the scenes of an agent without a buffer begin with its marks. True if they are not as they were. */
static bool fill_once(const struct agent *agent)
{
	static bool is_filled;
	static void (*marked_by)(uint8_t * page, unsigned int mark);

	if (is_filled && marked_by == agent->mark)
		return false;
	for (unsigned int i = 0; i < PAGE_BYTES; i++)
		for (unsigned int page = 0; page < CANARY_COUNT; page++)
			pristine[page][i] = canary_byte(page, i);
	for (unsigned int i = 0; i < sizeof(pattern); i++)
		pattern[i] = canary_byte(CANARY_COUNT, i);
	for (unsigned int page = 0; agent->mark && page < CANARY_COUNT; page++)
		agent->mark(pristine[page], 1 + page);
	is_filled = true;
	marked_by = agent->mark;
	return true;
}

void dma_reset_canaries(struct stage *stage)
{
	(void)fill_once(stage->agent);
	for (unsigned int i = 0; i < CANARY_COUNT; i++)
		if (stage->canary[i])
			memcpy(stage->canary[i], pristine[i], PAGE_BYTES);
	stage->canaries.kind = CANARIES_UNKNOWN; /* whoever calls this may let anybody write */
}

const char *landing_name(enum landing landing)
{
	static const char *const names[] = {
		[DMA_LANDED] = "lands",
		[DMA_NOWHERE] = "blocked",
		[DMA_UNTRANSLATED] = "untranslated",
		[DMA_ASTRAY] = "astray",
		[DMA_STUCK] = "agent stuck",
	};

	return names[landing];
}

/* Where a DMA does not say: as few as its agent can, but as many as show where they are from. */
static unsigned int default_bytes(const struct stage *stage)
{
	const unsigned int granule = stage->agent->limits.granule_bytes;

	return granule > DEFAULT_BYTES ? granule : DEFAULT_BYTES;
}

static unsigned int dma_bytes(const struct stage *stage, const struct dma *dma)
{
	if (dma->is_zero_length)
		return 0;
	return dma->bytes ? dma->bytes : default_bytes(stage);
}

iova_t dma_address(const struct stage *stage, const struct dma *dma)
{
	uint64_t limit = stage_address_limit(stage);

	if (dma->kind == REQUEST_TRANSLATED)
		return iova(phys_of(stage->canary[CANARY_TARGET_0]).value + dma->offset);
	switch (dma->place) {
	case DMA_UNMAPPED:
		return iova(stage->window.value + WINDOW_PAGES * PAGE_BYTES + dma->offset);
	case DMA_TOO_WIDE:
		return iova(stage_address_beyond(stage) + dma->offset);
	case DMA_HOLE_END:
		return iova(stage_upper_half(stage) - PAGE_BYTES + dma->offset);
	case DMA_LAST_MAPPABLE:
		return iova(limit - PAGE_BYTES + dma->offset);
	case DMA_INTERRUPT_RANGE:
		return iova(INTERRUPT_RANGE_BASE + dma->offset);
	case DMA_ABOVE_HOST:
		return iova((UINT64_C(1) << platform.dmar.host_address_bits) + dma->offset);
	case DMA_WINDOW:
		break;
	}
	return iova((stage->window.value + dma->offset) ^ dma->flip);
}

struct dma_address dma_bus_address(const struct stage *stage, const struct dma *dma)
{
	uint32_t pasid = dma->pasid ? dma->pasid : stage->scene.pasid;

	if (dma->without_pasid)
		pasid = 0;
	return (struct dma_address){
		.iova = dma_address(stage, dma),
		.has_pasid = pasid != 0,
		.pasid = pasid,
		.privileged = dma->privileged,
		.is_translated = dma->kind == REQUEST_TRANSLATED,
		.is_atomic = dma->is_atomic,
		.is_execute = dma->is_execute,
	};
}

static struct dma_address plain(iova_t address)
{
	return (struct dma_address){ .iova = address };
}

const uint8_t *dma_written(const struct stage *stage)
{
	const struct agent *agent = stage->agent;

	return agent_can(agent, AGENT_BUFFER) ? pattern : agent->limits.writes;
}

static void lend_at(const struct stage *stage, struct agent *agent, iova_t mailbox)
{
	if (agent->settle)
		agent->settle(agent, mailbox, stage->mailbox);
}

void dma_lend_mailbox(const struct stage *stage, struct agent *other)
{
	lend_at(stage, other, stage->mailbox_iova);
}

static bool arm_at(struct stage *stage, iova_t mailbox)
{
	struct agent *agent = stage->agent;
	const bool has_buffer = agent_can(agent, AGENT_BUFFER);

	if (fill_once(agent))
		stage->canaries.kind = CANARIES_UNKNOWN;
	memcpy(stage->mailbox, dma_written(stage),
	       has_buffer ? sizeof(pattern) : agent->limits.transfer_max_bytes);
	cpu_fence();
	lend_at(stage, agent, mailbox);
	return !has_buffer || agent->load(agent, plain(mailbox), BUFFER_WRITES, sizeof(pattern));
}

bool dma_arm(struct stage *stage)
{
	return arm_at(stage, stage->mailbox_iova);
}

bool dma_arm_untranslated(struct stage *stage)
{
	return arm_at(stage, iova(phys_of(stage->mailbox).value));
}

/* Page `index` holds its pristine bytes, but for [first, end) the pattern from `data` on. */
static bool page_holds(const struct stage *stage, unsigned int index, unsigned int first,
		       unsigned int end, const uint8_t *data)
{
	const uint8_t *page = stage->canary[index];

	if (!page)
		return true;
	return !memcmp(page, pristine[index], first) && !memcmp(page + first, data, end - first) &&
	       !memcmp(page + end, pristine[index] + end, PAGE_BYTES - end);
}

/* What a write leaves in one page: [first, end) is the pattern from `skipped` on. Empty: nothing. */
struct mark {
	unsigned int first, end, skipped;
};

/* The mark in page `page` of a write of `bytes` at `offset` into the pages from `first_page` on. */
static struct mark mark_in(unsigned int page, unsigned int first_page, unsigned int offset,
			   unsigned int bytes)
{
	unsigned int start = (page - first_page) * PAGE_BYTES;
	struct mark mark = { 0 };

	if (!bytes || page < first_page || page >= first_page + WINDOW_PAGES ||
	    offset >= start + PAGE_BYTES || offset + bytes <= start)
		return mark;
	mark.first = offset > start ? offset - start : 0;
	mark.skipped = offset > start ? 0 : start - offset;
	mark.end = offset + bytes - start;
	if (mark.end > PAGE_BYTES)
		mark.end = PAGE_BYTES;
	return mark;
}

/*
 * All canaries are as a write of `bytes` at `offset` into the pages from `first_page` on leaves
 * them; bytes 0 means no write at all.
 */
static bool canaries_show(const struct stage *stage, unsigned int first_page, unsigned int offset,
			  unsigned int bytes)
{
	for (unsigned int i = 0; i < CANARY_COUNT; i++) {
		struct mark mark = mark_in(i, first_page, offset, bytes);

		if (!page_holds(stage, i, mark.first, mark.end, dma_written(stage) + mark.skipped))
			return false;
	}
	return true;
}

static bool canaries_are_marked(struct stage *stage, unsigned int page, unsigned int offset,
				unsigned int bytes)
{
	if (!canaries_show(stage, page, offset, bytes))
		return false;
	stage->canaries = (struct canary_state){ CANARIES_MARKED, page, offset, bytes };
	return true;
}

static void take_mark_away(struct stage *stage)
{
	const struct canary_state *state = &stage->canaries;

	for (unsigned int i = 0; i < CANARY_COUNT; i++) {
		struct mark mark = mark_in(i, state->page, state->offset, state->bytes);

		if (stage->canary[i])
			memcpy(stage->canary[i] + mark.first, pristine[i] + mark.first,
			       mark.end - mark.first);
	}
}

/* Copying all of them takes longer than a DMA, and sweeps make hundreds. */
static void make_pristine(struct stage *stage)
{
	if (fill_once(stage->agent) || stage->canaries.kind == CANARIES_UNKNOWN)
		dma_reset_canaries(stage);
	else if (stage->canaries.kind == CANARIES_MARKED)
		take_mark_away(stage);
	stage->canaries.kind = CANARIES_UNKNOWN;
	cpu_fence();
}

bool dma_canaries_are_untouched(const struct stage *stage)
{
	return canaries_show(stage, 0, 0, 0);
}

static enum landing judge_write(struct stage *stage, const struct dma *dma)
{
	unsigned int bytes = dma_bytes(stage, dma);

	cpu_fence();
	if (dma_canaries_are_untouched(stage)) {
		stage->canaries.kind = CANARIES_PRISTINE;
		return DMA_NOWHERE;
	}
	if (dma->place == DMA_WINDOW &&
	    canaries_are_marked(stage, CANARY_TARGET_0, dma->offset, bytes))
		return DMA_LANDED;
	if (dma->place == DMA_WINDOW && stage->canary[CANARY_BYSTANDER_0] &&
	    canaries_show(stage, CANARY_BYSTANDER_0, dma->offset, bytes))
		return DMA_UNTRANSLATED;
	if (dma->place == DMA_UNMAPPED && stage->canary[CANARY_BYSTANDER_2] &&
	    canaries_show(stage, CANARY_BYSTANDER_2, dma->offset, bytes))
		return DMA_UNTRANSLATED;
	return DMA_ASTRAY;
}

/* No data must move, whatever the answer. */
static enum landing ask(struct stage *stage, const struct dma *dma)
{
	enum agent_question question = dma->kind == REQUEST_PAGE ? ASK_PAGE : ASK_TRANSLATION;
	bool is_granted = stage->agent->ask(stage->agent, question, dma_bus_address(stage, dma));

	if (!dma_canaries_are_untouched(stage))
		return DMA_ASTRAY;
	return is_granted ? DMA_LANDED : DMA_NOWHERE;
}

enum landing dma_write(struct stage *stage, const struct dma *dma)
{
	enum landing landing = DMA_STUCK;

	make_pristine(stage);
	if (dma->kind == REQUEST_TRANSLATION || dma->kind == REQUEST_PAGE)
		return ask(stage, dma);
	if (stage->agent->store(stage->agent, dma_bus_address(stage, dma), BUFFER_WRITES,
				dma_bytes(stage, dma)))
		landing = judge_write(stage, dma);
	return landing;
}

bool dma_send(struct stage *stage, const struct dma *dma)
{
	make_pristine(stage);
	return stage->agent->store(stage->agent, dma_bus_address(stage, dma), BUFFER_WRITES,
				   dma_bytes(stage, dma));
}

bool dma_shows(struct stage *stage, enum canary page, unsigned int offset, unsigned int bytes)
{
	cpu_fence();
	if (!canaries_are_marked(stage, page, offset, bytes))
		return false;
	if (!bytes)
		stage->canaries.kind = CANARIES_PRISTINE;
	return true;
}

enum canary dma_hit(struct stage *stage, unsigned int page)
{
	struct dma dma = { .offset = page * PAGE_BYTES };

	return dma_hit_by(stage, &dma);
}

enum canary dma_hit_by(struct stage *stage, const struct dma *dma)
{
	if (dma_write(stage, dma) == DMA_STUCK)
		return CANARY_COUNT;
	for (unsigned int i = 0; i < CANARY_COUNT; i++)
		if (stage->canary[i] && canaries_are_marked(stage, i, 0, default_bytes(stage)))
			return (enum canary)i;
	return CANARY_COUNT;
}

bool dma_read(struct stage *stage, const struct dma *dma)
{
	make_pristine(stage);
	return stage->agent->load(stage->agent, dma_bus_address(stage, dma), BUFFER_READS,
				  dma_bytes(stage, dma));
}

/* What the agent read equals what lies at `offset` in the pages from `first_page` on. */
static bool read_equals(const struct stage *stage, unsigned int first_page, unsigned int offset,
			unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++) {
		unsigned int at = offset + i;

		if (!stage->canary[first_page + at / PAGE_BYTES] ||
		    stage->mailbox[i] != pristine[first_page + at / PAGE_BYTES][at % PAGE_BYTES])
			return false;
	}
	return true;
}

/* Some page of ours lies where the agent read, whatever it was that led there. */
static bool read_equals_any(const struct stage *stage, unsigned int offset, unsigned int bytes)
{
	for (unsigned int i = 0; i < CANARY_COUNT; i++)
		if (i + (offset + bytes - 1) / PAGE_BYTES < CANARY_COUNT &&
		    read_equals(stage, i, offset, bytes))
			return true;
	return false;
}

bool dma_brought(const struct stage *stage, enum canary page, unsigned int offset,
		 unsigned int bytes)
{
	return read_equals(stage, page, offset, bytes);
}

static enum landing judge_read(const struct stage *stage, const struct dma *dma)
{
	unsigned int bytes = dma_bytes(stage, dma);

	cpu_fence();
	if (dma->place == DMA_WINDOW && read_equals(stage, CANARY_TARGET_0, dma->offset, bytes))
		return DMA_LANDED;
	if (dma->place == DMA_WINDOW && read_equals(stage, CANARY_BYSTANDER_0, dma->offset, bytes))
		return DMA_UNTRANSLATED;
	if (dma->place == DMA_UNMAPPED &&
	    read_equals(stage, CANARY_BYSTANDER_2, dma->offset, bytes))
		return DMA_UNTRANSLATED;
	if (read_equals_any(stage, dma->offset, bytes))
		return DMA_ASTRAY;
	return dma_canaries_are_untouched(stage) ? DMA_NOWHERE : DMA_ASTRAY;
}

bool dma_fetch(struct stage *stage, const struct dma *dma)
{
	memset(stage->mailbox, 0, PAGE_BYTES);
	cpu_fence();
	return stage->agent->store(stage->agent, plain(stage->mailbox_iova), BUFFER_READS,
				   dma_bytes(stage, dma));
}

/* The page that the agent says it read: the same places, told by marks. */
static enum landing judge_mark(const struct stage *stage, const struct dma *dma)
{
	const unsigned int page = dma->offset / PAGE_BYTES;
	const unsigned int came = stage->agent->came;

	if (came == AGENT_CAME_NOTHING)
		return dma_canaries_are_untouched(stage) ? DMA_NOWHERE : DMA_ASTRAY;
	if (dma->place == DMA_WINDOW && came == 1 + CANARY_TARGET_0 + page)
		return DMA_LANDED;
	if ((dma->place == DMA_WINDOW && came == 1 + CANARY_BYSTANDER_0 + page) ||
	    (dma->place == DMA_UNMAPPED && came == 1 + CANARY_BYSTANDER_2))
		return DMA_UNTRANSLATED;
	return DMA_ASTRAY;
}

enum landing dma_read_result(struct stage *stage, const struct dma *dma)
{
	enum landing landing;

	if (!agent_can(stage->agent, AGENT_BUFFER))
		return judge_mark(stage, dma);
	if (!dma_fetch(stage, dma))
		return DMA_STUCK;
	landing = judge_read(stage, dma);
	return dma_arm(stage) ? landing : DMA_STUCK;
}
