/* SPDX-License-Identifier: MIT */
#include "tests/scenes/agents/ahci_port.h"

#include <stddef.h>

#include "arch/cpu.h"
#include "arch/mmio.h"
#include "arch/print.h"
#include "arch/time.h"
#include "tests/scenes/agents/ahci_registers.h"

enum { COMPLAINTS_TOLD = 3, GLANCE_US = 10, SLOT = 1 };

/* By the specification: a port stops within half a second, firmware lets go within two; a drive that spins up takes longer. */
#define STOP_US	     UINT64_C(500000)
#define HAND_OVER_US UINT64_C(2000000)
#define LINE_US	     UINT64_C(1000000)
#define READY_US     UINT64_C(10000000)
#define RESET_US     1500u
#define COMMAND_US   UINT64_C(1000000)
#define IGNORED_US   UINT64_C(10000)

static void complain(struct ahci_port *ahci, const char *what)
{
	if (ahci->complaints++ < COMPLAINTS_TOLD)
		print("# note: ahci %s port %u: %s (IS %x, TFD %x)%s\n", pci_name(ahci->pci),
		      ahci->number, what, mmio_read32(ahci->port + AHCI_IS),
		      mmio_read32(ahci->port + AHCI_TFD),
		      ahci->complaints == COMPLAINTS_TOLD ? "; no more is told of it" : "");
}

static bool wait_for(volatile uint8_t *at, uint32_t mask, uint32_t wanted, uint64_t us)
{
	const struct deadline end = deadline_after_us(us);

	while ((mmio_read32(at) & mask) != wanted) {
		if (deadline_passed(&end))
			return false;
		time_idle_us(GLANCE_US);
	}
	return true;
}

static void change(volatile uint8_t *at, uint32_t off, uint32_t on)
{
	mmio_write32(at, (mmio_read32(at) & ~off) | on);
}

/* Commands first, then what is received; true where neither was on. */
static bool stop_port(volatile uint8_t *port)
{
	change(port + AHCI_CMD, AHCI_CMD_ST, 0);
	if (!wait_for(port + AHCI_CMD, AHCI_CMD_CR, 0, STOP_US))
		return false;
	change(port + AHCI_CMD, AHCI_CMD_FRE, 0);
	return wait_for(port + AHCI_CMD, AHCI_CMD_FR, 0, STOP_US);
}

bool ahci_stop(struct ahci_port *ahci)
{
	ahci->is_running = false;
	if (stop_port(ahci->port))
		return true;
	complain(ahci, "does not stop");
	return false;
}

static void write_address(volatile uint8_t *at, uint64_t address)
{
	mmio_write32(at, (uint32_t)address);
	mmio_write32(at + 4, (uint32_t)(address >> 32));
}

static void forget_errors(volatile uint8_t *port)
{
	mmio_write32(port + AHCI_SERR, UINT32_MAX);
	mmio_write32(port + AHCI_IS, UINT32_MAX);
}

static uint64_t start_us(const struct ahci_port *ahci)
{
	return ahci->ignores ? IGNORED_US : STOP_US;
}

/* What the drive sends is received; no command is taken yet. */
static bool receive(struct ahci_port *ahci, const struct ahci_areas *areas)
{
	if (!ahci_stop(ahci))
		return false;
	write_address(ahci->port + AHCI_CLB, areas->commands);
	write_address(ahci->port + AHCI_FB, areas->received);
	forget_errors(ahci->port);
	change(ahci->port + AHCI_CMD, 0, AHCI_CMD_FRE);
	return wait_for(ahci->port + AHCI_CMD, AHCI_CMD_FR, AHCI_CMD_FR, start_us(ahci));
}

static bool reset_drive(struct ahci_port *ahci)
{
	volatile uint8_t *port = ahci->port;

	change(port + AHCI_CMD, 0, AHCI_CMD_SUD | AHCI_CMD_POD);
	change(port + AHCI_SCTL, 0xf, AHCI_DET_RESET);
	time_idle_us(RESET_US);
	change(port + AHCI_SCTL, 0xf, 0);
	if (!wait_for(port + AHCI_SSTS, 0xf, AHCI_DET_UP, LINE_US))
		return false;
	mmio_write32(port + AHCI_SERR, UINT32_MAX);
	return wait_for(port + AHCI_TFD, AHCI_TFD_BUSY, 0, READY_US);
}

static enum ahci_answer note_silence(struct ahci_port *ahci, const char *what)
{
	complain(ahci, what);
	ahci->is_running = false;
	ahci->is_doubtful = true;
	return AHCI_SILENT;
}

/* An emulated one looks at its areas now, a real one when there is something to do. */
static enum ahci_answer note_no_start(struct ahci_port *ahci, const char *what)
{
	(void)stop_port(ahci->port); /* or it looks once more, and elsewhere it is our fault */
	return ahci->ignores ? AHCI_BLOCKED : note_silence(ahci, what);
}

enum ahci_answer ahci_start(struct ahci_port *ahci, const struct ahci_areas *areas)
{
	volatile uint8_t *port = ahci->port;

	if (!receive(ahci, areas))
		return note_no_start(ahci, "does not start to receive");
	if ((ahci->is_doubtful || mmio_read32(port + AHCI_TFD) & AHCI_TFD_BUSY) &&
	    !reset_drive(ahci))
		return note_silence(ahci, "is busy, and stays so after a reset");
	ahci->is_doubtful = false;
	forget_errors(port);
	change(port + AHCI_CMD, 0, AHCI_CMD_ST);
	if (!wait_for(port + AHCI_CMD, AHCI_CMD_CR, AHCI_CMD_CR, start_us(ahci)))
		return note_no_start(ahci, "does not start");
	ahci->is_running = true;
	return AHCI_DONE;
}

/* What came back for a command that is over. */
static enum ahci_answer answer_of(const volatile uint8_t *received)
{
	const bool has_come = received[AHCI_AT_PIO] == AHCI_FIS_PIO ||
			      received[AHCI_AT_REGISTERS] == AHCI_FIS_DONE;

	return has_come ? AHCI_DONE : AHCI_BLOCKED;
}

/* The command waits, and the port does nothing about it. */
static bool is_ignored(const volatile uint8_t *port, const volatile uint8_t *received)
{
	return answer_of(received) == AHCI_BLOCKED && (mmio_read32(port + AHCI_CI) & SLOT) &&
	       !(mmio_read32(port + AHCI_TFD) & AHCI_TFD_BUSY) &&
	       !(mmio_read32(port + AHCI_IS) & (AHCI_IS_FATAL | AHCI_IS_TFES));
}

/* What a port that is not at work any more says of itself, or NULL. */
static const char *ailment(const volatile uint8_t *port)
{
	const uint32_t command = mmio_read32(port + AHCI_CMD);

	if (command == UINT32_MAX)
		return "is gone";
	return command & AHCI_CMD_ST && command & AHCI_CMD_FRE
		       ? NULL
		       : "was reset in the middle of a command";
}

/* One that has had an error takes no other command before it is started anew. */
static bool has_ended(struct ahci_port *ahci, const volatile uint8_t *received,
		      enum ahci_answer *answer)
{
	const bool is_over = !(mmio_read32(ahci->port + AHCI_CI) & SLOT);
	const uint32_t status = mmio_read32(ahci->port + AHCI_IS);

	ahci->is_running = !(status & (AHCI_IS_FATAL | AHCI_IS_TFES));
	*answer = status & AHCI_IS_TFES && !(status & AHCI_IS_FATAL) ? AHCI_REFUSED
								     : answer_of(received);
	return is_over || !ahci->is_running;
}

enum ahci_answer ahci_execute(struct ahci_port *ahci, const volatile uint8_t *received)
{
	const struct deadline end = deadline_after_us(COMMAND_US);
	const struct deadline ignored = deadline_after_us(IGNORED_US);
	enum ahci_answer answer;

	mmio_write32(ahci->port + AHCI_CI, SLOT);
	while (true) {
		const bool is_ended = has_ended(ahci, received, &answer);
		const char *what =
			ailment(ahci->port); /* now: what stops it ends its command, too */

		if (what)
			return note_silence(ahci, what);
		if (is_ended)
			return answer;
		if (ahci->ignores && deadline_passed(&ignored) && is_ignored(ahci->port, received))
			return AHCI_BLOCKED;
		if (deadline_passed(&end))
			return note_silence(ahci, "does not answer within a second: it is reset");
		time_idle_us(GLANCE_US);
	}
}

void ahci_learn_zeros(struct ahci_port *ahci, const volatile uint8_t *received)
{
	if (!(cpu_id(1, 0).ecx & CPUID_1_ECX_HYPERVISOR))
		return;
	ahci->ignores = true;
	ahci->ignores =
		ahci_execute(ahci, received) == AHCI_BLOCKED && is_ignored(ahci->port, received);
	ahci->is_running = false;
}

/* ---- from firmware ---- */

static const char *end_firmware_use(struct ahci_port *ahci)
{
	volatile uint8_t *handoff = ahci->controller + AHCI_BOHC;

	if (!(mmio_read32(ahci->controller + AHCI_CAP2) & AHCI_CAP2_BOH) ||
	    !(mmio_read32(handoff) & AHCI_BOHC_BOS))
		return NULL;
	change(handoff, 0, AHCI_BOHC_OOS);
	if (!wait_for(handoff, AHCI_BOHC_BOS | AHCI_BOHC_WAITS, 0, HAND_OVER_US))
		return "firmware does not give it up";
	print("# entry: ahci %s was firmware's: handed over\n", pci_name(ahci->pci));
	return NULL;
}

static volatile uint8_t *port_at(const struct ahci_port *ahci, unsigned int number)
{
	return ahci->controller + AHCI_PORTS + number * AHCI_PORT_BYTES;
}

/* Each port that there is. */
static bool stop_all(struct ahci_port *ahci)
{
	const uint32_t ports = mmio_read32(ahci->controller + AHCI_PI);
	bool was_running = false, is_stopped = true;

	for (unsigned int i = 0; i < AHCI_PORTS_MAX; i++) {
		if (!(ports >> i & 1))
			continue;
		was_running |= mmio_read32(port_at(ahci, i) + AHCI_CMD) & AHCI_CMD_ST;
		is_stopped = stop_port(port_at(ahci, i)) && is_stopped;
	}
	if (was_running)
		print("# entry: ahci %s was left running: stopped and reset\n",
		      pci_name(ahci->pci));
	return is_stopped;
}

const char *ahci_take_over(struct ahci_port *ahci, const struct ahci_areas *areas)
{
	const char *complaint = end_firmware_use(ahci);

	if (complaint)
		return complaint;
	change(ahci->controller + AHCI_GHC, 0, AHCI_GHC_AE);
	change(ahci->controller + AHCI_GHC, AHCI_GHC_IE, 0);
	if (!stop_all(ahci))
		return "a port of it does not stop";
	mmio_write32(ahci->port + AHCI_IE, 0);
	if (!receive(ahci, areas) || !reset_drive(ahci))
		return "its drive is not ready after a reset";
	return NULL;
}

static bool has_disk(volatile uint8_t *port)
{
	return reg_get(mmio_read32(port + AHCI_SSTS), AHCI_DET) == AHCI_DET_UP &&
	       mmio_read32(port + AHCI_SIG) == AHCI_SIG_DISK;
}

/* The first port with a disk; NULL if there is none. */
static volatile uint8_t *find_disk(struct ahci_port *ahci, uint64_t bytes)
{
	const uint32_t ports = mmio_read32(ahci->controller + AHCI_PI);

	for (unsigned int i = 0; i < AHCI_PORTS_MAX; i++) {
		ahci->number = i;
		if (ports >> i & 1 && AHCI_PORTS + (i + 1) * AHCI_PORT_BYTES <= bytes &&
		    has_disk(port_at(ahci, i)))
			return port_at(ahci, i);
	}
	return NULL;
}

const char *ahci_attach(struct ahci_port *ahci, const struct pci_device *pci)
{
	uint64_t bytes = 0;

	*ahci = (struct ahci_port){ .pci = pci };
	ahci->controller = pci_bar_map(pci, AHCI_BAR, &bytes);
	if (!ahci->controller || bytes < AHCI_PORTS)
		return "its BAR 5 has no address";
	if (mmio_read32(ahci->controller + AHCI_CAP) == UINT32_MAX)
		return "its registers read as ones";
	if (!(mmio_read32(ahci->controller + AHCI_CAP) & AHCI_CAP_S64A))
		return "it has addresses of 32 bits only";
	ahci->port = find_disk(ahci, bytes);
	return ahci->port ? NULL : "no disk is at its ports";
}
