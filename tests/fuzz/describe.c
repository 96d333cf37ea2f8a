/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/describe.h"

#include "arch/print.h"
#include "arch/string.h"
#include "tests/fuzz/stimuli.h"

/* Fields of so many bits are told with their value, wider ones with the bits that turned over. */
enum { VALUE_BITS_MAX = 4 };

static void add(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void add(char *text, size_t size, const char *format, ...)
{
	size_t used = strlen(text);
	va_list args;

	va_start(args, format);
	print_format(text + used, size - used, format, args);
	va_end(args);
}

/* Where a paging entry is; others are told by their fields' names. */
static const char *place_name(enum place at)
{
	static const char *const names[ACT_PLACES] = {
		[AT_LEAF] = "leaf ",
		[AT_LEVEL_2] = "level 2 ",
		[AT_LEVEL_3] = "level 3 ",
		[AT_TOP] = "top ",
		[AT_HOST_PAGE] = "below the page ",
		[AT_HOST_LEVEL_1] = "below level 1 ",
		[AT_HOST_LEVEL_2] = "below level 2 ",
		[AT_HOST_LEVEL_3] = "below level 3 ",
		[AT_HOST_TOP] = "below the top ",
	};

	return names[at] ? names[at] : "";
}

static void describe_poke(char *text, size_t size, const struct theatre *theatre,
			  const struct step *step)
{
	const enum entry_kind kind = case_entry_kind(theatre->stage, step->at);
	const unsigned int first = step->word * 64 + (unsigned int)__builtin_ctzll(step->turn_over);
	uint64_t entry[ENTRY_WORDS_MAX];
	struct field field;
	const char *name = entry_field_name(kind, first, &field);

	if (step->at == AT_CONTEXT && step->index)
		add(text, size, "endpoint %u's ", step->index);
	add(text, size, "%s%s", place_name(step->at), entry_prefix(kind));
	if (!name) {
		text[strlen(text) - 1] = ' ';
		add(text, size, "bits %u", first);
		return;
	}
	memcpy(entry, theatre->whole[step->at], sizeof(entry));
	entry[step->word] ^= step->turn_over;
	if (field.hi - field.lo < VALUE_BITS_MAX)
		add(text, size, "%s=%llx", name, (unsigned long long)bits_read(entry, field));
	else
		add(text, size, "%s bits %u", name, first);
}

static void describe_invalidation(char *text, size_t size, const struct step *step)
{
	static const char *const names[INVALIDATIONS] = {
		[FORGET_ALL] = "all",
		[FORGET_CONTEXTS] = "contexts",
		[FORGET_CONTEXTS_OF_DOMAIN] = "contexts of the domain",
		[FORGET_CONTEXT] = "the context",
		[FORGET_PASIDS] = "PASIDs",
		[FORGET_PASIDS_OF_DOMAIN] = "PASIDs of the domain",
		[FORGET_PASID] = "the PASID",
		[FORGET_PAGES] = "pages",
		[FORGET_PAGES_OF_DOMAIN] = "pages of the domain",
		[FORGET_PAGE] = "the page",
		[FORGET_PAGES_OF_PASID] = "pages of the PASID",
		[FORGET_PAGE_OF_PASID] = "the page of the PASID",
	};

	add(text, size, "forget %s%s%s", names[step->what],
	    step->is_neighbour ? " (neighbour)" : "", step->leaf_only ? " (IH)" : "");
}

static void describe_dma(char *text, size_t size, const struct dma *dma)
{
	static const char *const places[] = {
		[DMA_WINDOW] = "in the window",		[DMA_UNMAPPED] = "unmapped",
		[DMA_TOO_WIDE] = "beyond the tables",	[DMA_HOLE_END] = "beyond the tables",
		[DMA_LAST_MAPPABLE] = "unmapped",	[DMA_INTERRUPT_RANGE] = "interrupt range",
		[DMA_ABOVE_HOST] = "beyond the tables",
	};

	add(text, size, "%s%s%s", places[dma->place], dma->privileged ? " privileged" : "",
	    dma->without_pasid ? " without PASID" : "");
}

/* Bits of an entry or a descriptor that are turned over: small fields with their values. */
static void describe_flips(char *text, size_t size, enum entry_kind kind, const uint64_t q[4],
			   const uint64_t flips[4])
{
	const char *separator = " ";

	for (unsigned int bit = 0; bit < 256; bit++) {
		struct field field;
		const char *name;

		if (!(flips[bit / 64] >> bit % 64 & 1))
			continue;
		name = entry_field_name(kind, bit, &field);
		if (name && field.hi - field.lo < VALUE_BITS_MAX) {
			add(text, size, "%s%s=%llx", separator, name,
			    (unsigned long long)bits_read(q, field));
			bit = field.hi;
		} else {
			add(text, size, "%s%s%sbits %u", separator, name ? name : "",
			    name ? " " : "", bit);
		}
		separator = " + ";
	}
}

static void describe_descriptor(char *text, size_t size, const struct step *step)
{
	const enum entry_kind kind = (enum entry_kind)(ENTRY_DESCRIPTOR + step->index);
	const uint64_t flags =
		FIELD_MASK(INV_WAIT_SW) | FIELD_MASK(INV_WAIT_IF) | FIELD_MASK(INV_WAIT_FN);
	uint64_t q[4], flips[4];

	stimuli_words(step, q);
	memcpy(flips, step->flips, sizeof(flips));
	if (step->index >= INV_CC && step->index <= INV_HPT) {
		add(text, size, "%s", entry_prefix(kind));
		text[strlen(text) - 1] = 0;
		if (step->index == INV_WAIT) {
			if (!field_get(q, INV_WAIT_SW) && !field_get(q, INV_WAIT_IF))
				add(text, size, " without SW and IF%s",
				    field_get(q, INV_WAIT_FN) ? " but FN" : "");
			flips[0] &= ~flags;
		}
		describe_flips(text, size, kind, q, flips);
	} else {
		add(text, size, "types %u", step->index);
	}
	if (step->is_held)
		add(text, size, " held");
}

/* By the bits that are broken, FPD apart, else by how the source is checked. */
static void describe_entry(char *text, size_t size, const struct step *step)
{
	const uint64_t source = FIELD_MASK(IRTE_SID) | FIELD_MASK(IRTE_SQ) | FIELD_MASK(IRTE_SVT);
	const char *separator = " ";
	uint64_t q[4];

	stimuli_words(step, q);
	add(text, size, "%s", step->index == STIMULI_POSTED ? "posted descriptor" : "entry");
	for (unsigned int bit = 0; bit < 256; bit++) {
		const uint64_t untold = bit / 64 == 1 ? source
					: bit / 64    ? 0
						      : FIELD_MASK(IRTE_FPD);
		const uint64_t flips = step->flips[bit / 64] & ~untold;

		if (!(flips >> bit % 64 & 1))
			continue;
		add(text, size, "%sbits %u", separator, bit);
		separator = " + ";
	}
	if (separator[1] == 0 && step->index != STIMULI_POSTED)
		add(text, size, " SVT=%llu", (unsigned long long)field_get(q, IRTE_SVT));
}

static void describe_interrupt(char *text, size_t size, const struct step *step)
{
	const bool is_remappable = reg_get(step->at_address, INTERRUPT_ADDR_FORMAT);
	const unsigned int handle =
		(unsigned int)(reg_get(step->at_address, REMAPPABLE_ADDR_HANDLE_HIGH) << 15 |
			       reg_get(step->at_address, REMAPPABLE_ADDR_HANDLE_LOW));

	if (!is_remappable) {
		add(text, size, "interrupt in compatibility format");
		return;
	}
	add(text, size, "interrupt %x", handle);
	if (reg_get(step->at_address, REMAPPABLE_ADDR_SHV))
		add(text, size, " + %llx", (unsigned long long)step->value);
}

static void describe_request(char *text, size_t size, const struct theatre *theatre,
			     const struct step *step)
{
	static const char *const types[] = { "untranslated", "translation", "translated", "page" };
	static const char *const kinds[] = { "read", "write", "atomic" };
	const struct model_request *request = &step->request;

	add(text, size, "%s %s at %llx of %u bytes", types[request->type], kinds[request->kind],
	    (unsigned long long)(request->address - theatre->stage->window.value), request->bytes);
	if (request->has_pasid)
		add(text, size, " PASID %x%s%s", request->pasid,
		    request->privileged ? " privileged" : "", request->execute ? " execute" : "");
	if (step->index)
		add(text, size, " from endpoint %u", step->index);
}

static void describe_write(char *text, size_t size, const struct theatre *theatre,
			   const struct step *step)
{
	const uint32_t offset = (uint32_t)step->at_address;
	const char *name = registers_name(theatre->stage->unit, offset);
	const bool is_upper = step->bytes == 4 && offset % 8 == 4 &&
			      name == registers_name(theatre->stage->unit, offset - 4);

	add(text, size, "%s%s:=%llx", name ? name : "?", is_upper ? " upper half" : "",
	    (unsigned long long)step->value);
}

static void describe_command(char *text, size_t size, enum command command)
{
	static const char *const names[COMMANDS] = {
		[COMMAND_ROOT] = "SRTP",
		[COMMAND_INTERRUPTS] = "SIRTP",
		[COMMAND_REMAPPING] = "IRE off and on",
		[COMMAND_REMAPPING_OFF] = "IRE off",
		[COMMAND_QUEUE] = "QIE off and on",
		[COMMAND_COMPATIBLE] = "CFI",
		[COMMAND_RESERVED_MODE] = "TTM 2",
		[COMMAND_ABORT_MODE] = "TTM 3",
		[COMMAND_LEGACY_MODE] = "TTM 0",
		[COMMAND_IO_RIGHTS] = "SSIRWE",
		[COMMAND_RESET] = "reset",
	};

	add(text, size, "%s", names[command]);
}

static void describe_step(char *text, size_t size, const struct theatre *theatre,
			  const struct step *step)
{
	switch (step->kind) {
	case STEP_POKE:
		describe_poke(text, size, theatre, step);
		break;
	case STEP_INVALIDATE:
		describe_invalidation(text, size, step);
		break;
	case STEP_DMA:
		add(text, size, "%s ", step->dma.is_read ? "read" : "write");
		describe_dma(text, size, &step->dma);
		break;
	case STEP_OFF_AND_ON:
		add(text, size, "off and on");
		break;
	case STEP_LATCH:
		add(text, size, "latch");
		break;
	case STEP_REQUEST:
		describe_request(text, size, theatre, step);
		break;
	case STEP_WRITE:
		describe_write(text, size, theatre, step);
		break;
	case STEP_DESCRIPTOR:
		describe_descriptor(text, size, step);
		break;
	case STEP_ENTRY:
		describe_entry(text, size, step);
		break;
	case STEP_INTERRUPT:
		describe_interrupt(text, size, step);
		break;
	case STEP_COMMAND:
		describe_command(text, size, step->command);
		break;
	}
}

/* The request itself, and that what was changed was published right before. */
static bool is_taken_for_granted(const struct step *step, const struct step *last)
{
	return step == last || (step->kind == STEP_INVALIDATE && step->what == FORGET_ALL);
}

/* It takes more than what is broken and the request: something that was in a cache before. */
static bool has_history(const struct fuzz_case *fuzz, uint32_t mask, const struct step *last)
{
	for (unsigned int i = 0; i < fuzz->count; i++)
		if (mask >> i & 1 && fuzz->steps[i].kind != STEP_POKE &&
		    fuzz->steps[i].kind != STEP_ENTRY &&
		    !is_taken_for_granted(&fuzz->steps[i], last))
			return true;
	return false;
}

/* Of what is recorded although FPD forbids it, FPD alone matters. */
static bool is_told(const struct step *step, unsigned int at, const struct mismatch *mismatch)
{
	if (step->kind != STEP_POKE || step->at != at)
		return false;
	return strcmp(mismatch->text, "recorded") != 0 ||
	       (step->word == 0 && step->turn_over == FIELD_MASK(CONTEXT_FPD));
}

/* Beside DMA, which is the plainest that does: the step that shows it. Values and addresses say little. */
static void describe_last(char *text, size_t size, const struct theatre *theatre,
			  const struct step *last, const char *separator)
{
	static const char *const types[] = { "untranslated", "translation", "translated", "page" };

	switch (last->kind) {
	case STEP_DMA:
	case STEP_POKE:
		return;
	case STEP_WRITE:
		add(text, size, "%s%s", separator,
		    registers_name(theatre->stage->unit, (uint32_t)last->at_address));
		return;
	case STEP_REQUEST:
		add(text, size, "%s%s request", separator, types[last->request.type]);
		return;
	case STEP_INTERRUPT:
		add(text, size, "%sinterrupt", separator);
		return;
	default:
		add(text, size, "%s", separator);
		describe_step(text, size, theatre, last);
		return;
	}
}

/* ---- stale ---- */

/* What invalidations are about. */
enum { CONTEXTS, PASIDS, PAGES, PAGES_BY_PASID, ABOUTS, ALL = ABOUTS };

static unsigned int about(const struct step *step)
{
	static const uint8_t of_type[] = { [INV_CC] = 1 << CONTEXTS,
					   [INV_IOTLB] = 1 << PAGES,
					   [INV_PIOTLB] = 1 << PAGES_BY_PASID,
					   [INV_PC] = 1 << PASIDS };

	if (step->kind == STEP_DESCRIPTOR)
		return step->index < sizeof(of_type) ? of_type[step->index] : 0;
	if (step->kind != STEP_INVALIDATE)
		return 0;
	return step->what == FORGET_ALL		    ? 1 << ALL
	       : step->what < FORGET_PASIDS	    ? 1 << CONTEXTS
	       : step->what < FORGET_PAGES	    ? 1 << PASIDS
	       : step->what < FORGET_PAGES_OF_PASID ? 1 << PAGES
						    : 1 << PAGES_BY_PASID;
}

/*
 * It takes invalidations that name what was changed, and does not come after one of everything: what was changed and how
 * does not matter then. Returns what they are about, 0 if it is not so.
 */
static unsigned int stale_after(const struct fuzz_case *fuzz, uint32_t mask,
				const struct step *last)
{
	unsigned int forgotten = 0;
	bool is_changed = false;

	if (last->kind != STEP_DMA && last->kind != STEP_REQUEST)
		return 0;
	for (const struct step *step = fuzz->steps; step < last; step++) {
		if (!(mask >> (step - fuzz->steps) & 1))
			continue;
		is_changed |= step->kind == STEP_POKE;
		if (is_changed)
			forgotten |= about(step);
	}
	return forgotten & 1 << ALL ? 0 : forgotten;
}

static void describe_stale(char *text, size_t size, unsigned int forgotten)
{
	static const char *const names[] = { "contexts", "PASIDs", "pages", "pages by PASID" };
	const char *separator = "stale: ";

	*text = 0;
	for (unsigned int i = 0; i < ABOUTS; i++) {
		if (!(forgotten >> i & 1))
			continue;
		add(text, size, "%s%s", separator, names[i]);
		separator = " + ";
	}
}

void describe_signature(char *text, size_t size, const struct theatre *theatre,
			const struct fuzz_case *fuzz, uint32_t mask,
			const struct mismatch *mismatch)
{
	const char *separator = ": ";
	const struct step *last = &fuzz->steps[mismatch->step];
	bool is_any = false;

	const unsigned int forgotten = stale_after(fuzz, mask, last);

	print_to(text, size, "%s", mismatch->text);
	if (!mismatch->takes_steps)
		return;
	if (forgotten) {
		describe_stale(text, size, forgotten);
		return;
	}
	for (unsigned int at = 0; at < ACT_PLACES; at++)
		for (unsigned int i = 0; i < fuzz->count; i++) {
			if (!(mask >> i & 1) || !is_told(&fuzz->steps[i], at, mismatch))
				continue;
			add(text, size, "%s", separator);
			describe_poke(text, size, theatre, &fuzz->steps[i]);
			separator = " + ";
			is_any = true;
		}
	if (last->kind == STEP_DMA && last->dma.place != DMA_WINDOW &&
	    (!is_any || last->dma.place != DMA_UNMAPPED)) {
		add(text, size, "%s", separator);
		describe_dma(text, size, &last->dma);
	}
	for (unsigned int i = 0; last->kind == STEP_INTERRUPT && i < mismatch->step; i++) {
		if (!(mask >> i & 1) || fuzz->steps[i].kind != STEP_ENTRY)
			continue;
		add(text, size, "%s", separator);
		describe_entry(text, size, &fuzz->steps[i]);
		separator = " + ";
		is_any = true;
	}
	describe_last(text, size, theatre, last, is_any ? " + " : ": ");
	if (has_history(fuzz, mask, last))
		add(text, size, " after others");
}

void describe_steps(char *text, size_t size, const struct theatre *theatre,
		    const struct fuzz_case *fuzz, uint32_t mask)
{
	*text = 0;
	for (unsigned int i = 0; i < fuzz->count; i++) {
		if (!(mask >> i & 1))
			continue;
		add(text, size, "%s", *text ? ", " : "");
		describe_step(text, size, theatre, &fuzz->steps[i]);
	}
}
