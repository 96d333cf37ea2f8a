/* SPDX-License-Identifier: MIT */
#include "tests/scenes/agents/xhci.h"

#include "arch/cpu.h"
#include "arch/page.h"
#include "arch/panic.h"
#include "arch/print.h"
#include "arch/string.h"
#include "arch/time.h"
#include "tests/scenes/agents/xhci_controller.h"
#include "tests/scenes/agents/xhci_registers.h"

enum { CONTROLLERS_MAX = 16, MARK_BITS = 8, OWN_PAGES = 2 };

/* A command that does nothing takes microseconds; ports report what is on them when it has been recognized. */
#define ANSWER_US UINT64_C(200000)
#define SETTLE_US UINT64_C(500000)
/* From the change of a port to the event that tells of it. */
#define REPORT_US 1000u

/*
 * The mailbox: in its first page all that the controller fetches, so that a fault of any fetch is one of this page; then
 * an event ring, and the pages that the controller wants for itself.
 */
enum {
	AT_SEGMENTS = 0x000,
	AT_COMMANDS = 0x100,
	AT_CONTEXTS = 0x200,
	AT_SCRATCHPADS = 0x400,
	AT_EVENTS = PAGE_BYTES,
	EVENTS = PAGE_BYTES / sizeof(struct xhci_trb),
};
_Static_assert(AT_SCRATCHPADS + (AGENT_MAILBOX_PAGES_MAX - OWN_PAGES) * sizeof(uint64_t) <=
		       PAGE_BYTES,
	       "the list of its own pages has place");

/* How many ports report something after a reset is learned when it is reset for the first time. */
enum { REPORTS_UNKNOWN = -1 };

struct xhci {
	struct xhci_controller controller;
	uint8_t *mailbox;
	iova_t mailbox_iova;
	bool is_settled; /* it is halted, was reset, and its ports have reported */
	int reports_due;
	unsigned int reports;
	struct xhci_trb written; /* the event that a store leaves */
};

static struct xhci xhcis[CONTROLLERS_MAX];

/* ---- what the controller finds ---- */

static uint64_t place(const struct xhci *xhci, unsigned int at)
{
	return xhci->mailbox_iova.value + at;
}

static struct xhci_trb command(unsigned int type)
{
	return (struct xhci_trb){ .control = XHCI_TRB_TYPE(type) | XHCI_TRB_CYCLE };
}

static void lay_out_scratchpads(struct xhci *xhci)
{
	const unsigned int count = xhci->controller.scratchpads;
	uint64_t *contexts = (uint64_t *)(void *)(xhci->mailbox + AT_CONTEXTS);
	uint64_t *pages = (uint64_t *)(void *)(xhci->mailbox + AT_SCRATCHPADS);

	contexts[0] = count ? place(xhci, AT_SCRATCHPADS) : 0;
	for (unsigned int i = 0; i < count; i++)
		pages[i] = place(xhci, (OWN_PAGES + i) * PAGE_BYTES);
}

/* One command that does nothing, and behind it none: its cycle bit is 0. */
static void lay_out(struct xhci *xhci, uint64_t events)
{
	const struct xhci_segment segment = { .base = events, .trbs = EVENTS };
	const struct xhci_trb nothing = command(XHCI_NO_OP);

	memset(xhci->mailbox, 0, OWN_PAGES * PAGE_BYTES);
	memcpy(xhci->mailbox + AT_SEGMENTS, &segment, sizeof(segment));
	memcpy(xhci->mailbox + AT_COMMANDS, &nothing, sizeof(nothing));
	lay_out_scratchpads(xhci);
	cpu_fence();
}

static enum xhci_answer run(struct xhci *xhci, uint64_t commands, uint64_t events)
{
	const struct xhci_rings rings = {
		.commands = commands,
		.events = events,
		.segments = place(xhci, AT_SEGMENTS),
		.contexts = place(xhci, AT_CONTEXTS),
	};

	lay_out(xhci, events);
	return xhci_run(&xhci->controller, &rings);
}

/* ---- a transfer begins and ends halted ---- */

static enum xhci_answer await_reports(struct xhci *xhci)
{
	struct xhci_wait wait = xhci_wait_us(SETTLE_US);
	enum xhci_answer answer;

	while ((answer = xhci_look(&xhci->controller)) == XHCI_ANSWERED &&
	       xhci_reporting_ports(&xhci->controller) != (unsigned int)xhci->reports_due)
		if (!xhci_wait_goes_on(&wait))
			break;
	time_idle_us(REPORT_US);
	return answer;
}

/*
 * After a reset, each port with something on it sends an event when the controller runs. They are to go to a ring of
 * our own, not to where a transfer leads. Nobody acknowledges the change, so the port has no other to report.
 */
static enum xhci_answer settle_ports(struct xhci *xhci)
{
	enum xhci_answer answer = XHCI_ANSWERED;

	if (!xhci_reset(&xhci->controller))
		return XHCI_SILENT;
	if (xhci->reports_due) {
		answer = run(xhci, place(xhci, AT_COMMANDS), place(xhci, AT_EVENTS));
		if (answer == XHCI_ANSWERED)
			answer = await_reports(xhci);
		if (!xhci_halt(&xhci->controller))
			return XHCI_SILENT;
	}
	xhci->reports = xhci_reporting_ports(&xhci->controller);
	xhci->is_settled = answer == XHCI_ANSWERED;
	if (xhci->is_settled && xhci->reports_due == REPORTS_UNKNOWN)
		xhci->reports_due = (int)xhci->reports;
	return answer;
}

/* Nothing but the mailbox has been asked for when this returns. */
static enum xhci_answer begin(struct agent *agent, uint64_t commands, uint64_t events)
{
	struct xhci *xhci = agent->device;
	enum xhci_answer answer = XHCI_ANSWERED;

	agent->fetch = xhci->mailbox_iova;
	agent->is_fetch_blocked = false;
	if ((commands | events) % XHCI_RING_ALIGN)
		panic("a test has %s move what its limits exclude", agent->name);
	if (!xhci->mailbox || xhci->controller.is_lost)
		return XHCI_SILENT;
	if (!xhci->is_settled || xhci_reporting_ports(&xhci->controller) != xhci->reports)
		answer = settle_ports(xhci);
	if (answer == XHCI_ANSWERED)
		answer = run(xhci, commands, events);
	agent->is_fetch_blocked = answer == XHCI_GAVE_UP;
	if (answer == XHCI_ANSWERED)
		xhci_ring_doorbell(&xhci->controller);
	return answer;
}

/* False, as nothing is known of what moved. */
static bool note_failure(struct agent *agent, const char *what)
{
	struct xhci *xhci = agent->device;

	agent->silent_count++;
	xhci->is_settled = false;
	if (!xhci->controller.is_lost)
		xhci_complain(&xhci->controller, what);
	return false;
}

static bool end(struct agent *agent, enum xhci_answer answer)
{
	struct xhci *xhci = agent->device;
	const bool is_sound = xhci_look(&xhci->controller) == XHCI_ANSWERED;

	if (!xhci->mailbox || !xhci_halt(&xhci->controller) || answer == XHCI_SILENT)
		return note_failure(agent, "does not answer in time: it is reset");
	if (is_sound && xhci_reporting_ports(&xhci->controller) != xhci->reports)
		return note_failure(agent, "a port reports a change in the middle of a transfer");
	if (!is_sound)
		xhci->is_settled = false;
	return true;
}

/* ---- what it writes ---- */

static enum xhci_answer await_sent(struct xhci *xhci)
{
	struct xhci_wait wait = xhci_wait_us(ANSWER_US);

	while (!xhci_has_sent_event(&xhci->controller)) {
		const enum xhci_answer answer = xhci_look(&xhci->controller);

		if (answer != XHCI_ANSWERED)
			return answer;
		if (!xhci_wait_goes_on(&wait))
			return XHCI_SILENT;
	}
	return XHCI_ANSWERED;
}

/* A controller need not notice that its event was blocked. That it sent one means that it had its command. */
static bool xhci_store(struct agent *agent, struct dma_address address, unsigned int offset,
		       unsigned int bytes)
{
	struct xhci *xhci = agent->device;
	enum xhci_answer answer = begin(agent, place(xhci, AT_COMMANDS), address.iova.value);

	(void)offset, (void)bytes;
	if (answer == XHCI_ANSWERED) {
		answer = await_sent(xhci);
		agent->is_fetch_blocked = answer == XHCI_GAVE_UP;
	}
	return end(agent, answer);
}

/* ---- what it reads ---- */

/* The event at `index` of our own ring. */
static enum xhci_answer await_event(struct xhci *xhci, unsigned int index, struct xhci_trb *event)
{
	volatile struct xhci_trb *events = (volatile void *)(xhci->mailbox + AT_EVENTS);
	struct xhci_wait wait = xhci_wait_us(ANSWER_US);

	while (!(events[index].control & XHCI_TRB_CYCLE)) {
		const enum xhci_answer answer = xhci_look(&xhci->controller);

		if (answer != XHCI_ANSWERED)
			return answer;
		if (!xhci_wait_goes_on(&wait))
			return XHCI_SILENT;
	}
	*event = events[index];
	return XHCI_ANSWERED;
}

/* Adds its bit to the mark; false if the event is not of the command in this place. */
static bool take_bit(const struct xhci_trb *event, uint64_t pointer, unsigned int bit,
		     unsigned int *mark)
{
	const uint32_t code = XHCI_TRB_CODE(event->status);

	if (event->control >> 10 != XHCI_COMMAND_COMPLETION || event->pointer != pointer)
		return false;
	if (code == XHCI_TRB_ERROR)
		*mark |= 1u << bit;
	return code == XHCI_TRB_ERROR || code == XHCI_SUCCESS;
}

/* It sent nothing. One that is alive says that it stopped, and so that it found no command. */
static enum xhci_answer ask_whether_alive(struct xhci *xhci)
{
	struct xhci_trb event;
	enum xhci_answer answer;

	xhci_stop_commands(&xhci->controller);
	answer = await_event(xhci, 0, &event);
	if (answer == XHCI_ANSWERED && XHCI_TRB_CODE(event.status) != XHCI_COMMAND_RING_STOPPED)
		return XHCI_SILENT; /* too late to be told from one that found nothing */
	return answer;
}

static enum xhci_answer await_mark(struct agent *agent, uint64_t address)
{
	enum xhci_answer answer = XHCI_ANSWERED;
	unsigned int bit, mark = 0;
	struct xhci_trb event;

	for (bit = 0; bit < MARK_BITS; bit++) {
		answer = await_event(agent->device, bit, &event);
		if (answer != XHCI_ANSWERED ||
		    !take_bit(&event, address + bit * sizeof(event), bit, &mark))
			break;
	}
	if (bit == MARK_BITS)
		agent->came = mark;
	else if (bit || answer == XHCI_ANSWERED)
		agent->came = AGENT_CAME_STRANGE;
	else if (answer == XHCI_SILENT)
		return ask_whether_alive(agent->device);
	return XHCI_ANSWERED;
}

/* The page at `address` is taken for a command ring. */
static bool xhci_load(struct agent *agent, struct dma_address address, unsigned int offset,
		      unsigned int bytes)
{
	enum xhci_answer answer = begin(agent, address.iova.value, place(agent->device, AT_EVENTS));

	(void)offset, (void)bytes;
	agent->came = AGENT_CAME_NOTHING;
	if (answer == XHCI_ANSWERED)
		answer = await_mark(agent, address.iova.value);
	return end(agent, answer);
}

/* A command for each bit, the lowest first, and behind them none. */
static void xhci_mark(uint8_t *page, unsigned int mark)
{
	struct xhci_trb commands[MARK_BITS + 1] = { 0 };

	for (unsigned int bit = 0; bit < MARK_BITS; bit++)
		commands[bit] = command(mark >> bit & 1 ? XHCI_RESERVED_TYPE : XHCI_NO_OP);
	memcpy(page, commands, sizeof(commands));
}

/* ---- what it is used for ---- */

/* Pages that the controller was given for itself are its own until it is reset. */
static void xhci_settle(struct agent *agent, iova_t at, uint8_t *mailbox)
{
	struct xhci *xhci = agent->device;

	if (xhci->controller.scratchpads)
		xhci->is_settled = false;
	xhci->mailbox = mailbox;
	xhci->mailbox_iova = at;
	xhci->written = (struct xhci_trb){
		.pointer = place(xhci, AT_COMMANDS),
		.status = (uint32_t)XHCI_SUCCESS << 24,
		.control = XHCI_TRB_TYPE(XHCI_COMMAND_COMPLETION) | XHCI_TRB_CYCLE,
	};
	memset(mailbox, 0, agent->limits.mailbox_pages * PAGE_BYTES);
}

static void xhci_set_bus_master(struct agent *agent, bool on)
{
	struct xhci *xhci = agent->device;

	if (!on) {
		(void)xhci_reset(&xhci->controller);
		xhci->is_settled = false;
	}
	pci_set_bus_master(xhci->controller.pci, on);
}

/* The event, and nothing else in a page that was empty. */
static const char *try_store(struct agent *agent, const uint8_t *page)
{
	struct xhci *xhci = agent->device;
	const struct dma_address to = { .iova = iova(phys_of(page).value) };
	bool is_empty = true;

	if (!agent->store(agent, to, 0, sizeof(xhci->written)) || agent->is_fetch_blocked)
		return "it does not execute a command while its unit is off";
	cpu_fence();
	for (unsigned int i = sizeof(xhci->written); i < PAGE_BYTES; i++)
		is_empty = is_empty && !page[i];
	return is_empty && !memcmp(page, &xhci->written, sizeof(xhci->written))
		       ? NULL
		       : "it sends other events than one for each command";
}

static bool try_load(struct agent *agent, uint8_t *page, unsigned int mark)
{
	const struct dma_address from = { .iova = iova(phys_of(page).value) };

	agent->mark(page, mark);
	cpu_fence();
	return agent->load(agent, from, 0, sizeof(struct xhci_trb)) && agent->came == mark;
}

/* What tests rely on, tried while its unit lets everything pass. */
static const char *try_all(struct agent *agent, uint8_t *page)
{
	const char *complaint = try_store(agent, page);

	if (complaint)
		return complaint;
	if (!try_load(agent, page, 0x35) || !try_load(agent, page, 0xca)) {
		print("# note: xhci %s: its reads do not show what they brought: it only writes\n",
		      pci_name(((struct xhci *)agent->device)->controller.pci));
		agent->limits.features &= ~(unsigned int)AGENT_READ;
	}
	return NULL;
}

static const char *xhci_prepare(struct agent *agent)
{
	struct xhci *xhci = agent->device;
	const unsigned int own = agent->limits.mailbox_pages;
	const char *complaint = xhci_take_over(&xhci->controller);
	uint8_t *pages;

	if (complaint)
		return complaint;
	pages = page_alloc_contiguous(own + 1, 1);
	if (!pages)
		return "no memory for its rings";
	agent->settle(agent, iova(phys_of(pages).value), pages);
	agent->set_bus_master(agent, true);
	complaint = try_all(agent, pages + own * PAGE_BYTES);
	agent->set_bus_master(agent, false);
	xhci->mailbox = NULL;
	page_free_contiguous(pages, own + 1);
	return complaint;
}

static const struct pci_device *find_controller(unsigned int nth)
{
	for (unsigned int i = 0; i < pci_count(); i++)
		if (pci_get(i)->class_code == XHCI_CLASS && !nth--)
			return pci_get(i);
	return NULL;
}

bool xhci_find(struct agent *agent, unsigned int nth, const char **complaint)
{
	const struct pci_device *device = find_controller(nth);
	struct xhci *xhci;

	*complaint = NULL;
	if (!device || nth >= CONTROLLERS_MAX)
		return false;
	xhci = &xhcis[nth];
	*xhci = (struct xhci){ .reports_due = REPORTS_UNKNOWN };
	*complaint = xhci_attach(&xhci->controller, device);
	if (!*complaint && xhci->controller.scratchpads > AGENT_MAILBOX_PAGES_MAX - OWN_PAGES)
		*complaint = "it wants more pages for itself than a scene has";
	if (*complaint)
		return false;
	*agent = (struct agent){
		.name = "xhci",
		.segment = device->segment,
		.function = (uint16_t)(device->bus << 8 | device->devfn),
		.sid = pci_requester_id(device),
		.limits = {
			.features = AGENT_READ,
			.transfer_max_bytes = sizeof(struct xhci_trb),
			.granule_bytes = sizeof(struct xhci_trb),
			.write_granule_bytes = XHCI_RING_ALIGN,
			.read_granule_bytes = PAGE_BYTES,
			.address_mask = UINT64_MAX,
			.transfer_us = 2000,
			.writes = (const uint8_t *)&xhci->written,
			.mailbox_pages = OWN_PAGES + xhci->controller.scratchpads,
		},
		.prepare = xhci_prepare,
		.settle = xhci_settle,
		.mark = xhci_mark,
		.load = xhci_load,
		.store = xhci_store,
		.set_bus_master = xhci_set_bus_master,
		.device = xhci,
	};
	return true;
}
