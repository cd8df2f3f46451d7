package agent

import "reflect"

// reload reports whether the settings have changed.
func (a *Agent) reload() (bool, error) {
	file, err := ReadFile(a.Config)
	if err != nil || reflect.DeepEqual(file, a.settings()) {
		return false, err
	}
	if err := a.dhcp.SetLimits(file.Limits); err != nil {
		return false, err
	}
	if err := a.dhcp.SetPolicy(file.Policy); err != nil {
		return false, err
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.file = file
	return true, nil
}
