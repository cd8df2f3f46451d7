module github.com/flatlan/flatlan/cni

go 1.26.0
