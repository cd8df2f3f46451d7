package kubetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

type process struct {
	name string
	log  string
	done chan struct{}
}

// start runs a program until the test ends. The kernel kills it when the test is killed: it does so when the thread ends
// that started the program, so that thread waits for it.
func start(t testing.TB, folder, program string, args ...string) *process {
	t.Helper()
	p := &process{name: filepath.Base(program), done: make(chan struct{})}
	p.log = filepath.Join(folder, p.name+".log")
	log, err := os.Create(p.log)
	must(t, err)
	command := exec.Command(program, args...)
	command.Dir, command.Stdout, command.Stderr = folder, log, log
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := command.Start()
		started <- err
		if err == nil {
			_ = command.Wait()
		}
		close(p.done)
		_ = log.Close()
	}()
	must(t, <-started)
	t.Cleanup(func() {
		_ = command.Process.Kill()
		<-p.done
	})
	return p
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// tail is the end of its output.
func (p *process) tail() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-2000):])
}
