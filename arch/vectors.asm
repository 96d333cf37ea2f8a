; SPDX-License-Identifier: MIT
; Where interrupts and exceptions enter, and the way back to a guard.

bits 64
default rel

extern trap_dispatch
global trap_stubs:function hidden
global trap_save_context:function hidden

section .text

; 256 entries, 16 bytes each. On the stack: what the processor pushed. Pushes an error code of 0
; where the processor pushes none, then the vector.
align 16
trap_stubs:
%assign vector 0
%rep 256
	align 16
%if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 || vector == 30)
	push	0
%endif
	push	vector
	jmp	trap_enter
%assign vector vector + 1
%endrep

; Completes struct trap_frame on the stack and hands it to trap_dispatch(). The stack is then
; 16-byte aligned: the processor aligned it, and 22 qwords follow.
align 16
trap_enter:
	push	r15
	push	r14
	push	r13
	push	r12
	push	r11
	push	r10
	push	r9
	push	r8
	push	rdi
	push	rsi
	push	rbp
	push	rbx
	push	rdx
	push	rcx
	push	rax
	cld
	mov	rdi, rsp
	call	trap_dispatch
	pop	rax
	pop	rcx
	pop	rdx
	pop	rbx
	pop	rbp
	pop	rsi
	pop	rdi
	pop	r8
	pop	r9
	pop	r10
	pop	r11
	pop	r12
	pop	r13
	pop	r14
	pop	r15
	add	rsp, 16
	iretq

; int trap_save_context(struct trap_context *rdi): keeps what a caller may expect to survive a call,
; and returns 0. Whoever goes back there (trap.c) makes it return 1.
trap_save_context:
	mov	[rdi], rbx
	mov	[rdi + 8], rbp
	mov	[rdi + 16], r12
	mov	[rdi + 24], r13
	mov	[rdi + 32], r14
	mov	[rdi + 40], r15
	lea	rax, [rsp + 8]
	mov	[rdi + 48], rax
	mov	rax, [rsp]
	mov	[rdi + 56], rax
	xor	eax, eax
	ret

section .note.GNU-stack noalloc noexec nowrite progbits
