/* SPDX-License-Identifier: MIT */
#include "tests/server/watch.h"

#include <time.h>

#include "iommu/spec/regs.h"
#include "iommu/spec/tables.h"

enum { DESCRIPTOR_BYTES = 16, WIDE_DESCRIPTOR_BYTES = 32, QUEUE_PAGE = 4096 };

double watch_seconds(void)
{
	static double start;
	struct timespec now;
	double seconds;

	clock_gettime(CLOCK_MONOTONIC, &now);
	seconds = (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
	if (start == 0)
		start = seconds;
	return seconds - start;
}

static uint64_t access_count(const struct model_unit *unit)
{
	return unit->counts.reads + unit->counts.writes;
}

static void add_step(struct watch *watch, const struct model_unit *unit, const char *what)
{
	if (watch->step_count < WATCH_STEPS)
		watch->steps[watch->step_count] = (struct watch_step){
			.what = what,
			.mode = unit->ttm,
			.access = access_count(unit),
			.seconds = watch_seconds(),
		};
	watch->step_count++;
}

static void note_text(struct watch_text *texts, const char *text)
{
	for (unsigned int i = 0; text && i < WATCH_TEXTS; i++) {
		if (texts[i].text && texts[i].text != text)
			continue;
		texts[i].text = text;
		texts[i].count++;
		return;
	}
}

void watch_texts(struct watch *watch, struct model_unit *unit)
{
	note_text(watch->errors, model_take_error(unit));
	note_text(watch->complaints, model_take_complaint(unit));
}

void watch_before(struct watch *watch, const struct model_unit *unit, unsigned int bytes)
{
	watch->dwords += (bytes + 3) / 4;
	watch->gsts = unit->gsts;
	watch->live_count = unit->vcmd_live_count;
}

void watch_read(struct watch *watch, struct model_unit *unit)
{
	watch_texts(watch, unit);
}

/* Bits of GSTS, and what is said when they come and go. */
static void note_status(struct watch *watch, const struct model_unit *unit)
{
	static const struct {
		uint32_t bit;
		const char *on, *off;
	} bits[] = {
		{ (uint32_t)FIELD_MASK(GSTS_TES), "TE on", "TE off" },
		{ (uint32_t)FIELD_MASK(GSTS_QIES), "QIE on", "QIE off" },
		{ (uint32_t)FIELD_MASK(GSTS_IRES), "IRE on", "IRE off" },
		{ (uint32_t)FIELD_MASK(GSTS_CFIS), "CFI on", "CFI off" },
	};
	uint32_t changed = watch->gsts ^ unit->gsts;

	for (unsigned int i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (changed & bits[i].bit)
			add_step(watch, unit, unit->gsts & bits[i].bit ? bits[i].on : bits[i].off);
	if (changed & unit->gsts & bits[0].bit)
		watch->translation_count++;
}

static void note_latch(struct watch *watch, const struct model_unit *unit)
{
	if (!watch->latch_count++) {
		watch->first_latch_access = access_count(unit);
		watch->first_latch_seconds = watch_seconds();
	}
	watch->last_mode = unit->ttm;
	add_step(watch, unit, "SRTP");
}

static bool covers(uint32_t offset, unsigned int bytes, uint32_t reg)
{
	return offset <= reg && reg < offset + bytes;
}

static void note_command(struct watch *watch, const struct model_unit *unit, uint32_t offset,
			 unsigned int bytes)
{
	enum model_vcmd_layout layout = unit->config.vcmd_layout;

	if (layout == MODEL_VCMD_NONE ||
	    !covers(offset, bytes, layout == MODEL_VCMD_DRAFT ? REG_DRAFT_VCMD : REG_VCMD))
		return;
	watch->commands++;
	if (unit->vcmd_live_count > watch->live_count)
		watch->allocations++;
	if (unit->vcmd_live_count < watch->live_count)
		watch->frees++;
	if (unit->vcmd_live_count > watch->pasid_peak)
		watch->pasid_peak = unit->vcmd_live_count;
}

/* Pages as the second word of a descriptor says, or IVA; they lie at a multiple of their size. */
static void note_forgotten(struct watch *watch, bool is_of_pages, uint64_t where)
{
	const uint64_t address = where & FIELD_MASK(IVA_ADDR);
	const uint64_t bytes = UINT64_C(4096) << reg_get(where, IVA_AM);

	watch->ranges[watch->invalidations++ % WATCH_INVALIDATIONS] = (struct watch_range){
		.address = is_of_pages ? address & ~(bytes - 1) : 0,
		.bytes = is_of_pages ? bytes : 0,
	};
}

/* IOTLB, by its registers: IVA comes first, then the upper half of IOTLB with IVT set. */
static void note_invalidation(struct watch *watch, const struct model_unit *unit, uint32_t offset,
			      unsigned int bytes, uint64_t value)
{
	const uint32_t iva = (uint32_t)reg_get(unit->config.ecap, ECAP_IRO) * 16, iotlb = iva + 8;

	if (offset == iva)
		watch->iva = bytes == 8 ? value : (watch->iva >> 32 << 32) | (uint32_t)value;
	if (offset == iva + 4)
		watch->iva = (uint32_t)watch->iva | value << 32;
	if (offset == iotlb + 4)
		value <<= 32;
	if (covers(offset, bytes, iotlb + 4) && value & FIELD_MASK(IOTLB_IVT))
		note_forgotten(watch, reg_get(value, IOTLB_IIRG) == GRANULARITY_SPECIFIC,
			       watch->iva);
}

void watch_write(struct watch *watch, struct model_unit *unit, uint32_t offset, unsigned int bytes,
		 uint64_t value)
{
	/* A latch of the root that was latched before shows in what was written only. */
	if (offset == REG_GCMD && value & FIELD_MASK(GCMD_SRTP) &&
	    unit->gsts & FIELD_MASK(GSTS_RTPS))
		note_latch(watch, unit);
	note_status(watch, unit);
	note_command(watch, unit, offset, bytes);
	note_invalidation(watch, unit, offset, bytes, value);
	watch_texts(watch, unit);
}

static unsigned int type_of(uint64_t word)
{
	unsigned int type =
		(unsigned int)(reg_get(word, INV_TYPE_HIGH) << 4 | reg_get(word, INV_TYPE_LOW));

	return type < WATCH_KINDS ? type : 0;
}

static void note_descriptor(struct watch *watch, const uint64_t *word)
{
	const unsigned int type = type_of(word[0]);
	uint32_t pasid = (uint32_t)reg_get(word[0], INV_PC_PASID);

	watch->descriptors[type]++;
	if (type == INV_PC && reg_get(word[0], INV_PC_G) == PC_PASID)
		watch->named[pasid / 64] |= UINT64_C(1) << (pasid % 64);
	if (type == INV_IOTLB)
		note_forgotten(watch, reg_get(word[0], INV_IOTLB_G) == GRANULARITY_SPECIFIC,
			       word[1]);
	if (type == INV_PIOTLB)
		note_forgotten(watch, reg_get(word[0], INV_PIOTLB_G) == PIOTLB_PAGES, word[1]);
}

unsigned int watch_named_count(const struct watch *watch)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < MODEL_PASID_WORDS(MODEL_PASID_LIMIT); i++)
		count += (unsigned int)__builtin_popcountll(watch->named[i]);
	return count;
}

void watch_descriptors(struct watch *watch, const struct model_unit *unit, uint64_t tail)
{
	uint64_t iqa = unit->fixed[REG_IQA / 4] | (uint64_t)unit->fixed[REG_IQA / 4 + 1] << 32;
	uint64_t bytes = (uint64_t)QUEUE_PAGE << reg_get(iqa, IQA_QS);
	uint64_t step = reg_get(iqa, IQA_DW) ? WIDE_DESCRIPTOR_BYTES : DESCRIPTOR_BYTES;
	uint64_t at = unit->fixed[REG_IQT / 4] & FIELD_MASK(IQT_QT);
	uint64_t word[2];

	tail &= FIELD_MASK(IQT_QT);
	if (!(unit->gsts & FIELD_MASK(GSTS_QIES)) || at >= bytes || tail >= bytes || tail % step ||
	    at % step)
		return;
	for (; at != tail; at = (at + step) % bytes)
		if (unit->host.read(unit->host.context, (iqa & FIELD_MASK(IQA_IQA)) + at, word,
				    sizeof(word)))
			note_descriptor(watch, word);
}

void watch_reset(struct watch *watch, const struct model_unit *unit)
{
	add_step(watch, unit, "reset");
	watch->latch_count = watch->translation_count = 0;
}
