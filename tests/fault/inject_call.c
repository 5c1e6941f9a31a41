/* Makes a running process call the system, and prints what it got: to try what its sandbox refuses.
 *
 *     inject_call PID NAME [TEXT]
 *
 * NAME is one of the table; TEXT is the text that it is about, which is put beneath the stack for as long. Prints the
 * result, a negative number being -errno. Exit 77: this machine cannot do so.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CANNOT = 77 };

#ifdef __x86_64__

struct call {
	const char *name;
	long        number;
	long        arguments[4]; /* TEXT: the address of the text */
};

enum { TEXT = -12345 };

static const struct call table[] = {
	{ "read-file", SYS_openat, { AT_FDCWD, TEXT, O_RDONLY, 0 } },
	{ "write-file", SYS_openat, { AT_FDCWD, TEXT, O_WRONLY | O_CREAT, 0600 } },
	{ "run", SYS_execve, { TEXT, 0, 0, 0 } },
	{ "fork", SYS_fork, { 0, 0, 0, 0 } },
	{ "connect", SYS_socket, { AF_INET, SOCK_STREAM, 0, 0 } },
	{ "trace", SYS_ptrace, { PTRACE_TRACEME, 0, 0, 0 } },
	{ "kill", SYS_kill, { 1, 0, 0, 0 } },
	{ "map-code", SYS_mmap, { 0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS } },
	{ "bpf", SYS_bpf, { 0, 0, 0, 0 } },
	{ "mount", SYS_mount, { TEXT, TEXT, 0, 0 } },
	{ "getpid", SYS_getpid, { 0, 0, 0, 0 } },
};

static int cannot(const char *what)
{
	fprintf(stderr, "inject_call: %s: %s\n", what, strerror(errno));
	return CANNOT;
}

static void put_text(pid_t pid, unsigned long at, const char *text)
{
	size_t n = strlen(text) + 1;
	long   word;

	for (size_t i = 0; i < n; i += sizeof(word)) {
		word = 0;
		memcpy(&word, text + i, n - i < sizeof(word) ? n - i : sizeof(word));
		ptrace(PTRACE_POKEDATA, pid, at + i, word);
	}
}

/* It waits in a system call, so the instruction before the next is one that makes such calls. */
static long make(pid_t pid, const struct call *c, const char *text)
{
	struct user_regs_struct before, r;
	unsigned long           at;
	long                    given[4];
	int                     status;

	ptrace(PTRACE_GETREGS, pid, NULL, &before);
	r = before;
	at = ((before.rsp - 4096) & ~15ul) - 256;
	put_text(pid, at, text);
	for (int i = 0; i < 4; i++)
		given[i] = c->arguments[i] == TEXT ? (long)at : c->arguments[i];
	r.rip -= 2;
	r.rax = (unsigned long)c->number;
	r.orig_rax = (unsigned long)-1;
	r.rdi = (unsigned long)given[0];
	r.rsi = (unsigned long)given[1];
	r.rdx = (unsigned long)given[2];
	r.r10 = (unsigned long)given[3];
	r.r8 = (unsigned long)-1;
	r.r9 = 0;
	ptrace(PTRACE_SETREGS, pid, NULL, &r);
	ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL);
	waitpid(pid, &status, __WALL);
	if (!WIFSTOPPED(status))
		return -ECHILD;
	ptrace(PTRACE_GETREGS, pid, NULL, &r);
	ptrace(PTRACE_SETREGS, pid, NULL, &before);
	return (long)r.rax;
}

int main(int argc, char **argv)
{
	const struct call      *c = table, *end = table + sizeof(table) / sizeof(table[0]);
	pid_t                   pid = argc > 2 ? atoi(argv[1]) : 0;
	unsigned char           code[2] = { 0 };
	struct user_regs_struct r;
	long                    word;

	while (argc > 2 && c < end && strcmp(c->name, argv[2]) != 0)
		c++;
	if (!pid || c == end)
		return 2;
	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) != 0)
		return cannot("attach");
	waitpid(pid, NULL, __WALL);
	ptrace(PTRACE_GETREGS, pid, NULL, &r);
	word = ptrace(PTRACE_PEEKTEXT, pid, r.rip - 2, NULL);
	memcpy(code, &word, sizeof(code));
	if (code[0] == 0x0f && code[1] == 0x05)
		printf("%ld\n", make(pid, c, argc > 3 ? argv[3] : ""));
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return code[0] == 0x0f && code[1] == 0x05 ? 0 : CANNOT;
}

#else

int main(void)
{
	return CANNOT;
}

#endif
